// mine.tsx: all that I wrote, with its state and every decision about it; my name; my data as a file; the
// way out, with everything of mine.
import { useEffect, useState } from 'preact/hooks';
import { Refused } from '../connection/connection';
import type { Contribution, Participant } from '../connection/protocol';
import { remember } from '../connection/memory';
import { Dialog } from '../parts/dialog';
import { Buttons } from '../parts/form';
import { Icon } from '../parts/icon';
import { Trouble } from '../parts/trouble';
import { Words } from '../parts/words';
import { dayAndClock, lang, t, type TextKey } from '../texts/texts';
import { circleSummary, connection, eraseMe, giveBack, me, say, signOut, whyHeld } from './app';
import { StatementText } from './inbox';
import { ReasonList } from './judged';
import { sentenceOf } from './menus';
import { AppealOffer } from './appeals';
import { HeldWhy, stateSentence } from './post';
import { PageHead } from './shell';
import { go } from './where';

const STATES = ['visible', 'redacted', 'removed', 'retracted', 'erased', 'held', 'rejected'] as const;

function One({ one }: { one: Contribution }) {
	const post = one;
	const circle = circleSummary(one.circle);
	const state = STATES.find((name) => name === post.state) ?? 'visible';
	const isPublished = !!post.seq;
	return (
		<li class="entry">
			<div class="entry-body">
				<p class="entry-head">
					<span class={'state ' + state}>{t(`state.${state}` as TextKey)}</span>
					<bdi class="organisation">{circle?.title}</bdi>
					<time dateTime={one.at}>{dayAndClock(one.at)}</time>
				</p>
				{post.text ? (
					<Words text={post.text} lang={post.lang} />
				) : (
					<p class="gone">{stateSentence(post) ?? t('mine.noWords')}</p>
				)}
				{one.held && (
					<div class="verdict wait">
						<HeldWhy held={whyHeld(one.id)?.held ?? one.held} />
						<ReasonList text={post.text ?? ''} reasons={whyHeld(one.id)?.reasons ?? []} />
					</div>
				)}
				{one.decisions.map((decision) => (
					<details class="decision">
						<summary>
							{t(`decision.${decision.what}` as TextKey)} · {dayAndClock(decision.at)}
						</summary>
						{decision.statement && <StatementText statement={decision.statement} />}
						<AppealOffer decision={decision.decision} until={decision.statement?.appeal_until} />
					</details>
				))}
				{state === 'rejected' && <p class="hint">{t('rejected.can')}</p>}
				<p class="entry-foot">
					{isPublished && circle && state !== 'erased' && (
						<button
							type="button"
							class="quiet"
							onClick={() => go({ circle: one.circle, thread: post.thread, post: post.id, ...(post.seq ? { seq: post.seq } : {}) })}
						>
							{t('inbox.open')}
						</button>
					)}
					{state === 'rejected' && post.text && circle && (
						<button
							type="button"
							class="quiet"
							onClick={() => {
								giveBack({ circle: one.circle, text: post.text! });
								go({ circle: one.circle });
							}}
						>
							{t('letter.rewrite')}
						</button>
					)}
				</p>
			</div>
		</li>
	);
}

export function Mine() {
	const [posts, setPosts] = useState<Contribution[]>([]);
	const [more, setMore] = useState(false);
	const [isRead, setRead] = useState(false);
	const [trouble, setTrouble] = useState<string | null>(null);
	const [dialog, setDialog] = useState<'erase' | 'out' | 'device' | null>(null);

	const read = async (before?: string) => {
		try {
			const page = await connection.ask<{ posts: Contribution[]; more: boolean }>('me.posts', {
				limit: 50,
				...(before ? { before } : {}),
			});
			setPosts((known) => (before ? [...known, ...page.posts] : page.posts));
			setMore(page.more);
			setRead(true);
		} catch (error) {
			setTrouble(sentenceOf(error));
		}
	};
	useEffect(() => void read(), [lang.value]);

	return (
		<section class="page">
			<PageHead title={t('mine')} />
			<div class="page-body">
				<NameForm />
				<h2>{t('mine.posts')}</h2>
				<Trouble of={trouble} />
				{isRead && !posts.length && <p class="empty">{t('mine.empty')}</p>}
				{!isRead && !trouble && <p class="empty">{t('loading')}</p>}
				<ol class="plain-list entries">
					{posts.map((one) => (
						<One key={one.id} one={one} />
					))}
				</ol>
				{more && (
					<button type="button" class="button" onClick={() => void read(posts[posts.length - 1]?.id)}>
						{t('older')}
					</button>
				)}
				<h2>{t('mine.device')}</h2>
				<p class="hint">{t('mine.deviceText')}</p>
				<p class="buttons">
					<button type="button" class="button" onClick={() => setDialog('device')}>
						<Icon name="link" />
						{t('mine.deviceLink')}
					</button>
				</p>
				<h2>{t('mine.data')}</h2>
				<p class="hint">{t('mine.dataText')}</p>
				<p class="buttons">
					<button type="button" class="button" onClick={() => void download(setTrouble)}>
						<Icon name="download" />
						{t('mine.export')}
					</button>
					<button type="button" class="button plain" onClick={() => setDialog('out')}>
						{t('mine.signOut')}
					</button>
					<button type="button" class="button grave" onClick={() => setDialog('erase')}>
						{t('mine.erase')}
					</button>
				</p>
				{dialog === 'device' && <DeviceDialog onClose={() => setDialog(null)} />}
				{dialog === 'erase' && <EraseDialog onClose={() => setDialog(null)} />}
				{dialog === 'out' && (
					<Dialog title={t('mine.signOut')} onClose={() => setDialog(null)}>
						<p>{t(me.value?.kind === 'guest' ? 'mine.signOutGuest' : 'mine.signOutText')}</p>
						<Buttons label={t('mine.signOut')} isGrave onDo={signOut} onClose={() => setDialog(null)} />
					</Dialog>
				)}
			</div>
		</section>
	);
}

function NameForm() {
	const [name, setName] = useState(me.value?.name ?? '');
	const [trouble, setTrouble] = useState<string | null>(null);
	const save = async (event: Event) => {
		event.preventDefault();
		try {
			const { participant } = await connection.call<{ participant: Participant }>('me.update', { name: name.trim() });
			me.value = { ...me.peek()!, ...participant };
			remember('named.' + participant.id, true);
			setTrouble(null);
			say(t('mine.nameSaved'));
		} catch (error) {
			setTrouble(sentenceOf(error));
		}
	};
	return (
		<form class="name-form" onSubmit={(event) => void save(event)}>
			<label class="labelled">
				{t('mine.name')}
				<span class="field-line">
					<input
						class="field"
						dir="auto"
						autocomplete="nickname"
						value={name}
						maxLength={100}
						onInput={(event) => setName(event.currentTarget.value)}
					/>
					<button type="submit" class="button" disabled={!name.trim() || name.trim() === me.value?.name}>
						{t('save')}
					</button>
				</span>
			</label>
			{me.value?.tag && <p class="hint">{t('mine.tag', { tag: '#' + me.value.tag })}</p>}
			<Trouble of={trouble} />
		</form>
	);
}

/** A link that opens this same person's session elsewhere: once, within the hour. */
function DeviceDialog({ onClose }: { onClose(): void }) {
	const [link, setLink] = useState<string | null>(null);
	const [trouble, setTrouble] = useState<string | null>(null);
	useEffect(() => {
		connection.call<{ token?: string; link: string }>('session.link', {}).then(
			// The address by which one came here is the one that the other device can reach.
			(made) => setLink(made.token ? `${location.origin}${location.pathname}#invite=${made.token}` : made.link),
			(error) => setTrouble(sentenceOf(error)),
		);
	}, []);
	const copy = async () => {
		try {
			await navigator.clipboard.writeText(link!);
			say(t('link.copied'));
			onClose();
		} catch {
			setTrouble(t('mine.copyByHand'));
		}
	};
	return (
		<Dialog title={t('mine.deviceLink')} onClose={onClose}>
			<p>{t('mine.deviceOnce')}</p>
			<input
				class="field"
				readOnly
				dir="ltr"
				value={link ?? ''}
				aria-label={t('mine.deviceLink')}
				onFocus={(event) => event.currentTarget.select()}
			/>
			<Trouble of={trouble} />
			<p class="buttons">
				<button type="button" class="button primary" disabled={!link} onClick={() => void copy()}>
					{t('link.copy')}
				</button>
			</p>
		</Dialog>
	);
}

/** Page by page into one file, made here: nothing is kept at the server for it. */
async function download(setTrouble: (trouble: string | null) => void): Promise<void> {
	try {
		let whole: Record<string, unknown> = {};
		const posts: Contribution[] = [];
		for (let before: string | undefined, pages = 0; pages < 2000; pages++) {
			const page = await connection.ask<{ posts: Contribution[]; more: boolean; [member: string]: unknown }>(
				'me.export',
				before ? { before } : {},
			);
			if (!pages) whole = page;
			posts.push(...page.posts);
			const last = page.posts[page.posts.length - 1]?.id;
			if (!page.more || (!last && !before)) break;
			before = last ?? before;
			if (!last) break;
		}
		delete whole['more'];
		const file = new Blob([JSON.stringify({ ...whole, posts }, null, '\t')], { type: 'application/json' });
		const link = document.createElement('a');
		link.href = URL.createObjectURL(file);
		link.download = `maagal-${new Date().toISOString().slice(0, 10)}.json`;
		link.click();
		setTimeout(() => URL.revokeObjectURL(link.href), 10000);
		say(t('mine.exported'));
		setTrouble(null);
	} catch (error) {
		if (error instanceof Refused) setTrouble(error.message);
		else setTrouble(sentenceOf(error));
	}
}

function EraseDialog({ onClose }: { onClose(): void }) {
	const [isSure, setSure] = useState(false);
	const [trouble, setTrouble] = useState<string | null>(null);
	const erase = async () => {
		try {
			await eraseMe();
		} catch (error) {
			setTrouble(sentenceOf(error));
		}
	};
	return (
		<Dialog title={t('erase.title')} onClose={onClose}>
			<p>{t('erase.what')}</p>
			<p>{t('erase.stays')}</p>
			<label class="check">
				<input type="checkbox" checked={isSure} onChange={(event) => setSure(event.currentTarget.checked)} />
				<span>{t('erase.sure')}</span>
			</label>
			<Trouble of={trouble} />
			<Buttons label={t('mine.erase')} isGrave isDisabled={!isSure} onDo={() => void erase()} onClose={onClose} />
		</Dialog>
	);
}
