// duty.tsx: who is on watch, what they leave to the next, and a line among moderators that nobody else reads.
import { useEffect, useRef, useState } from 'preact/hooks';
import { useDraft } from '../parts/draft';
import { Buttons, Form } from '../parts/form';
import { Icon } from '../parts/icon';
import { Trouble } from '../parts/trouble';
import { dayAndClock } from '../texts/texts';
import { sentenceOf } from '../participant/menus';
import { ask } from './asked';
import { ActButton, Ago } from './bits';
import { byName, decide, desks, newLines, tell, type Desk } from './desk';
import { connection, me } from './participant';
import { d } from './texts';
import type { Watcher } from './wire';

const MUCH = 40;

export function isOnWatch(): boolean {
	const self = me.value?.id;
	return desks.value.some((desk) => desk.watch.value.some((one) => one.id === self));
}

/** For all of one's circles at once: one watches or one does not. */
export async function setWatch(on: boolean, handover?: string): Promise<string | null> {
	try {
		for (const desk of desks.peek()) {
			const answer = await connection.call<{ on_watch?: Watcher[] }>('desk.watch', {
				circle: desk.id,
				on,
				...(handover ? { handover } : {}),
			});
			if (answer.on_watch) desk.watch.value = answer.on_watch;
		}
		tell(d(on ? 'told.watchOn' : 'told.watchOff'));
		return null;
	} catch (error) {
		return sentenceOf(error);
	}
}

export function WatchButton() {
	const on = isOnWatch();
	const [trouble, setTrouble] = useState<string | null>(null);
	return (
		<>
			<ActButton
				icon={on ? 'eye' : 'user'}
				pressed={on}
				onClick={() => {
					if (on) ask({ kind: 'handover' });
					else void setWatch(true).then(setTrouble);
				}}
			>
				{d(on ? 'watch.on' : 'watch.off')}
			</ActButton>
			{trouble && (
				<span class="trouble" role="alert">
					{trouble}
				</span>
			)}
		</>
	);
}

export function HandoverDialog({ onClose }: { onClose(): void }) {
	const [text, setText, done] = useDraft('handover');
	const [trouble, setTrouble] = useState<string | null>(null);
	const send = () =>
		void setWatch(false, text.trim()).then((problem) => {
			setTrouble(problem);
			if (problem) return;
			done();
			onClose();
		});
	return (
		<Form title={d('handover.title')} onClose={onClose} onSend={send}>
			<label class="labelled">
				{d('handover.label')}
				<textarea class="field" dir="auto" rows={4} maxLength={2000} value={text} onInput={(event) => setText(event.currentTarget.value)} />
			</label>
			<p class="hint">{d('note.inside')}</p>
			<Trouble of={trouble} />
			<Buttons label={d('handover.do')} onClose={onClose} />
		</Form>
	);
}

function Line({ desk }: { desk: Desk }) {
	const [text, setText, done] = useDraft('line.' + desk.id);
	const list = useRef<HTMLDivElement>(null);
	const notes = desk.notes.value.filter((note) => !note.about);
	useEffect(() => {
		if (list.current) list.current.scrollTop = list.current.scrollHeight;
	}, [notes.length]);
	return (
		<section class="card line-card" aria-label={d('line.of', { circle: desk.title() })}>
			<h3>
				<bdi>{desk.title()}</bdi>
			</h3>
			<p class="on-watch">
				<Icon name="eye" />
				{desk.watch.value.length
					? d('watch.now', { names: desk.watch.value.map((one) => (one.id === me.value?.id ? d('you') : one.name)).join(', ') })
					: d('watch.nobody')}
			</p>
			{desk.handover.value && (
				<blockquote class="quoted">
					<p dir="auto">{desk.handover.value.text}</p>
					<small class="muted">{d('handover.by', { name: desk.handover.value.by, when: dayAndClock(desk.handover.value.at) })}</small>
				</blockquote>
			)}
			<div class="line-list scrolls" ref={list} role="log" tabIndex={0} aria-label={d('line')}>
				{notes.map((note) => (
					<div key={note.note}>
						<strong>
							<bdi>{byName(note.by)}</bdi>
						</strong>{' '}
						<small class="muted">
							<Ago at={note.at} />
						</small>
						<p class="words" dir="auto">
							{note.text}
						</p>
					</div>
				))}
				{!notes.length && <p class="muted">{d('line.empty')}</p>}
			</div>
			<form
				class="line-form"
				onSubmit={(event) => {
					event.preventDefault();
					if (!text.trim()) return;
					decide({ method: 'desk.note', params: { circle: desk.id, text: text.trim() }, circle: desk.id, items: [], told: d('told.line') });
					done();
					setText('');
				}}
			>
				<input
					class="field"
					dir="auto"
					maxLength={2000}
					value={text}
					aria-label={d('line.write')}
					placeholder={d('line.write')}
					onInput={(event) => setText(event.currentTarget.value)}
				/>
				<button type="submit" class="send" disabled={!text.trim()} aria-label={d('line.send')}>
					<Icon name="send" />
				</button>
			</form>
		</section>
	);
}

/** Reading hard words all day tires: a number, and a kind word when it has become many. */
export function Exposure() {
	const read = desks.value.reduce((sum, desk) => sum + desk.readHard.value, 0);
	const hint = desks.value.map((desk) => desk.hint.value).find((one) => one);
	if (!read) return null;
	if (hint)
		return (
			<p class="exposure strip calm">
				<Icon name="calm" />
				<span dir="auto">{hint}</span>
			</p>
		);
	return (
		<p class={read >= MUCH ? 'exposure strip calm' : 'exposure hint'}>
			{read >= MUCH && <Icon name="calm" />}
			<span>{d(read >= MUCH ? 'exposure.much' : 'exposure', { n: read })}</span>
		</p>
	);
}

export function Duty() {
	useEffect(() => {
		newLines.value = 0;
	});
	return (
		<section class="whole" aria-labelledby="duty-title">
			<header class="col-head">
				<h2 id="duty-title" tabIndex={-1}>
					{d('tab.duty')}
				</h2>
				<span class="push" />
				<span class="narrow-only">
					<WatchButton />
				</span>
				<ActButton icon="settings" kind="plain" onClick={() => ask({ kind: 'prefs' })}>
					{d('prefs')}
				</ActButton>
			</header>
			<div class="scrolls whole-body">
				<Exposure />
				<p class="hint">{d('line.private')}</p>
				<div class="line-cards">
					{desks.value.map((desk) => (
						<Line key={desk.id} desk={desk} />
					))}
				</div>
			</div>
		</section>
	);
}
