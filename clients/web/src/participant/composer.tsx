// composer.tsx: where one writes. Keeps what is written through a reload; says why one cannot write, and
// from when one can.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { forget, recall, remember } from '../connection/memory';
import type { Post } from '../connection/posts';
import { Icon } from '../parts/icon';
import { duration, t } from '../texts/texts';
import { connection, hasJoined, isCharterCurrent, me, outbox, process, reaccept, returned, say, textMost, waits, warned } from './app';
import type { Circle } from './circle';
import { stateSentence } from './post';
import { sanctionIn, sanctionSentence } from './sanctions';
import { go } from './where';

interface Draft {
	text: string;
	reply_to?: string;
}

const TYPING_EVERY_MS = 4000;
const CHECK_AFTER_MS = 1200;
const NEAR_FULL = 400;

export interface ComposerHandle {
	reply(post: Post): void;
	focus(): void;
}

export function canSpeakIn(circle: Circle): boolean {
	const info = circle.info.value;
	return hasJoined(process.value) && (!info || info.phase === 'open') && !circle.refused.value;
}

/** Seconds left until one may speak again; ticks while there are any. */
function useWait(circle: string): number {
	const until = waits.value[circle] ?? 0;
	const [, tick] = useState(0);
	const left = Math.max(0, until - Date.now());
	useEffect(() => {
		if (left <= 0) return;
		const timer = setInterval(() => tick((n) => n + 1), 500);
		return () => clearInterval(timer);
	}, [until, left > 0]);
	return Math.ceil(left / 1000);
}

export function Composer(props: { circle: Circle; thread?: string | undefined; handle?(handle: ComposerHandle): void }) {
	const { circle, thread } = props;
	const of = process.value;
	const info = circle.info.value;
	if (!of) return null;
	if (circle.refused.value) return null;
	if (info && info.phase !== 'open')
		return <p class="composer closed">{t(info.phase === 'planned' ? 'circle.notYet' : 'circle.closed')}</p>;
	if (!hasJoined(of)) {
		return (
			<div class="composer closed">
				<button type="button" class="button primary" onClick={() => go({ view: 'welcome', circle: circle.id })}>
					{t('join.toWrite')}
				</button>
			</div>
		);
	}
	const muted = sanctionIn(circle.id, 'exclude') ?? sanctionIn(circle.id, 'mute');
	if (muted)
		return (
			<div class="composer closed">
				<p>{sanctionSentence(muted)}</p>
				<button type="button" class="button small" onClick={() => go({ view: 'inbox', circle: circle.id })}>
					{t('sanction.why')}
				</button>
			</div>
		);
	const warning = sanctionIn(circle.id, 'warn');
	if (warning)
		return (
			<div class="composer closed">
				<p>{t('warning.waits')}</p>
				<button type="button" class="button primary" onClick={() => (warned.value = { sanction: warning.sanction })}>
					{t('warning.read')}
				</button>
			</div>
		);
	if (thread && info?.frozen.includes(thread)) return <p class="composer closed">{t('thread.frozen')}</p>;
	return <Writing key={circle.id + '/' + (thread ?? '')} {...props} />;
}

function Writing(props: { circle: Circle; thread?: string | undefined; handle?(handle: ComposerHandle): void }) {
	const { circle, thread } = props;
	const draftName = `draft.${me.peek()?.id ?? ''}.${circle.id}.${thread ?? ''}`;
	const kept = useRef(recall<Draft>(draftName));
	const [text, setText] = useState(kept.current?.text ?? '');
	const [replyTo, setReplyTo] = useState<string | undefined>(kept.current?.reply_to);
	const [isTense, setTense] = useState(false);
	const field = useRef<HTMLTextAreaElement>(null);
	const typed = useRef(0);
	const seconds = useWait(circle.id);
	void circle.version.value;
	const parent = replyTo ? circle.posts.get(replyTo)?.value : undefined;
	const points = text.length > 1000 ? Array.from(text).length : text.length;
	const left = textMost.value - points;
	const isStale = !isCharterCurrent(process.value, circle.info.value?.charter_version);
	const pace = circle.info.value?.pace ?? 0;
	const gentle = sanctionIn(circle.id, 'slow') ?? sanctionIn(circle.id, 'premoderate');

	const keep = (draft: Draft) => {
		if (draft.text || draft.reply_to) remember(draftName, draft);
		else forget(draftName);
	};

	useEffect(() => {
		props.handle?.({
			reply(post) {
				setReplyTo(post.id);
				keep({ text: field.current?.value ?? '', reply_to: post.id });
				field.current?.focus();
			},
			focus: () => field.current?.focus(),
		});
	}, []);

	// Grows with what is written, up to a share of the screen that the style sets.
	useLayoutEffect(() => {
		const element = field.current!;
		element.style.height = 'auto';
		element.style.height = `${element.scrollHeight + 2}px`;
	}, [text]);

	// Words that come back: after a nudge, a refusal, or because it was too soon.
	useEffect(() => {
		const words = returned.value;
		if (!words || words.circle !== circle.id) return;
		const belongs = !thread || words.thread === thread;
		const other = thread ? undefined : circle.thread.peek()?.thread;
		if (!belongs || (other && words.thread === other)) return;
		returned.value = null;
		const now = field.current?.value ?? '';
		const both = now && now !== words.text ? `${words.text}\n${now}` : words.text;
		setText(both);
		setReplyTo(words.reply_to);
		keep({ text: both, ...(words.reply_to ? { reply_to: words.reply_to } : {}) });
		field.current?.focus();
	}, [returned.value]);

	// A hot thread: a quiet word before sending, not a gate.
	const aim = replyTo ?? thread;
	useEffect(() => {
		if (!aim || text.trim().length < 12) {
			setTense(false);
			return;
		}
		const timer = setTimeout(() => {
			connection
				.call<{ thread: string; action: string }>('draft.check', { circle: circle.id, text, reply_to: aim })
				.then(
					(answer) => setTense(answer.thread === 'tense' || (answer.thread === 'warm' && answer.action !== 'allow')),
					() => undefined,
				);
		}, CHECK_AFTER_MS);
		return () => clearTimeout(timer);
	}, [text, aim]);

	const onInput = (value: string) => {
		setText(value);
		keep({ text: value, ...(replyTo ? { reply_to: replyTo } : {}) });
		if (value && Date.now() - typed.current > TYPING_EVERY_MS) {
			typed.current = Date.now();
			connection.call('circle.typing', { circle: circle.id, ...(thread ? { thread } : {}) }).catch(() => undefined);
		}
	};

	const send = () => {
		const words = text.replace(/\s+$/u, '');
		if (!words.trim() || left < 0) return;
		if (seconds > 0) {
			// Whoever does not see the button would press Enter into nothing.
			say(t('composer.wait', { when: duration(seconds) }), true);
			return;
		}
		if (isStale) {
			reaccept.value = process.value!.id;
			return;
		}
		const target = replyTo ? { reply_to: replyTo } : thread ? { reply_to: thread } : {};
		const inThread = parent?.thread ?? thread;
		outbox.put({ circle: circle.id, text: words, after: circle.journal.seq, ...(inThread ? { thread: inThread } : {}), ...target });
		setText('');
		setReplyTo(undefined);
		setTense(false);
		forget(draftName);
		field.current?.focus();
	};

	const onKeyDown = (event: KeyboardEvent) => {
		if (event.key === 'Escape' && replyTo) {
			event.stopPropagation();
			dropReply();
			return;
		}
		if (event.key !== 'Enter' || event.isComposing) return;
		// On a phone Enter makes a new line, as phones do; Ctrl+Enter sends anywhere.
		const hasKeyboard = matchMedia('(pointer: fine)').matches;
		if (event.ctrlKey || event.metaKey || (hasKeyboard && !event.shiftKey && !event.altKey)) {
			event.preventDefault();
			send();
		}
	};

	const dropReply = () => {
		setReplyTo(undefined);
		keep({ text });
		field.current?.focus();
	};

	const label = thread || replyTo ? t('composer.reply') : t('composer.label');
	return (
		<form
			class="composer"
			onSubmit={(event) => {
				event.preventDefault();
				send();
			}}
		>
			{isStale && (
				<div class="strip" role="status">
					<span>{t('charter.changed')}</span>
					<button type="button" class="button small" onClick={() => (reaccept.value = process.value!.id)}>
						{t('charter.read')}
					</button>
				</div>
			)}
			{isTense && (
				<p class="strip calm" role="status">
					<Icon name="calm" />
					<span>{t('composer.tense')}</span>
				</p>
			)}
			{replyTo && (
				<div class="answering">
					<Icon name="reply" turns />
					<span class="answering-text">
						<bdi class="context-name">{parent ? parent.author.name : t('composer.reply')}</bdi>
						{parent && (
							<span class="context-text" dir="auto" lang={parent.lang}>
								{(parent.text ?? stateSentence(parent) ?? '').slice(0, 120)}
							</span>
						)}
					</span>
					<button type="button" class="icon-button" onClick={dropReply} aria-label={t('composer.dropReply')}>
						<Icon name="close" />
					</button>
				</div>
			)}
			<div class="composer-line">
				<textarea
					ref={field}
					id={thread ? 'write-thread' : 'write'}
					class="field"
					dir="auto"
					rows={1}
					value={text}
					placeholder={label}
					aria-label={label}
					enterkeyhint="enter"
					onInput={(event) => onInput(event.currentTarget.value)}
					onKeyDown={onKeyDown}
				/>
				<button
					type="submit"
					class={seconds > 0 ? 'send waiting' : 'send'}
					disabled={!text.trim() || seconds > 0 || left < 0}
					aria-label={seconds > 0 ? t('composer.wait', { when: duration(seconds) }) : t('composer.send')}
				>
					{seconds > 0 ? <span class="count">{duration(seconds)}</span> : <Icon name="send" />}
				</button>
			</div>
			{gentle && <p class="hint below">{sanctionSentence(gentle)}</p>}
			{seconds > 0 ? (
				<p class="hint below">{t(pace ? 'composer.pace' : 'composer.soon')}</p>
			) : left < NEAR_FULL ? (
				<p class={left < 0 ? 'hint below bad' : 'hint below'} role={left < 0 ? 'alert' : undefined}>
					{left < 0 ? t('composer.over', { n: -left }) : t('composer.left', { n: left })}
				</p>
			) : null}
		</form>
	);
}
