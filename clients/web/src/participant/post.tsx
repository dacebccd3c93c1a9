// post.tsx: one post as it stands, and what is on its way to becoming one.
import { useState } from 'preact/hooks';
import type { Signal } from '@preact/signals';
import type { Held } from '../connection/protocol';
import type { Post } from '../connection/posts';
import { Icon } from '../parts/icon';
import { Avatar, Name, Words } from '../parts/words';
import { clock, dayAndClock, t } from '../texts/texts';
import { giveBack, me, nudged, outbox, reaccept, processOf, whyHeld } from './app';
import type { Circle } from './circle';
import { ReasonList } from './judged';
import { PostMenu } from './menus';
import type { HeldPost, Letter } from './outbox';
import { go, where } from './where';

export function stateSentence(post: { state: string }): string | null {
	if (post.state === 'removed') return t('post.removed');
	if (post.state === 'retracted') return t('post.retracted');
	if (post.state === 'erased') return t('post.erased');
	return null;
}

export function roleName(role: string): string | null {
	if (role === 'moderator') return t('role.moderator');
	if (role === 'convenor') return t('role.convenor');
	if (role === 'observer') return t('role.observer');
	return null;
}

/** What is answered to, in a line or two. */
function Context({ circle, to, onOpen }: { circle: Circle; to: string; onOpen(id: string): void }) {
	void circle.version.value;
	const known = circle.posts.get(to)?.value;
	const text = known ? (known.text ?? stateSentence(known) ?? '') : t('post.context.unknown');
	return (
		<button type="button" class="context" onClick={() => onOpen(to)}>
			<span class="sr">{t('post.inReplyTo')} </span>
			{known && (
				<bdi class="context-name">{known.author.kind === 'erased' ? t('erased.name') : known.author.name}</bdi>
			)}
			<span class="context-text" dir="auto" {...(known?.text ? { lang: known.lang } : {})}>
				{text.length > 160 ? text.slice(0, 160) + '…' : text}
			</span>
		</button>
	);
}

const LONG = 1600;
const BEGINNING = 1200;

/** A very long post does not push all others away: one asks for the rest. */
function PostWords({ post }: { post: Post }) {
	const [isWhole, setWhole] = useState(false);
	const text = post.text ?? '';
	if (isWhole || text.length <= LONG) return <Words text={text} lang={post.lang} />;
	const blank = text.lastIndexOf(' ', BEGINNING);
	const end = blank > BEGINNING - 200 ? blank : BEGINNING - Number(/[\uD800-\uDBFF]/.test(text[BEGINNING - 1]!));
	return (
		<>
			<Words text={text.slice(0, end) + '…'} lang={post.lang} />
			<button type="button" class="quiet read-on" onClick={() => setWhole(true)}>
				{t('post.readOn')}
			</button>
		</>
	);
}

interface PostProps {
	circle: Circle;
	post: Signal<Post>;
	follows?: boolean;
	isIn: 'stream' | 'thread';
	isAimed?: boolean;
	canSpeak: boolean;
	onReply(post: Post): void;
	onContext(id: string): void;
}

export function PostRow(props: PostProps) {
	const post = props.post.value;
	const [isMenuOpen, setMenuOpen] = useState(false);
	void props.circle.version.value;
	const isMine = post.author.id !== '' && post.author.id === me.value?.id;
	const isErased = post.author.kind === 'erased';
	const name = isErased ? t('erased.name') : post.author.name;
	const role = roleName(post.author.role);
	const gone = stateSentence(post);
	const replies = post.thread === post.id ? (props.circle.replies.get(post.id) ?? 0) : 0;
	const isFrozen = props.circle.info.value?.frozen.includes(post.thread) ?? false;
	const label = 'p' + post.id;
	// Said in a thread without answering anyone: its opener is the context.
	const answers = post.reply_to ?? (post.thread === post.id ? null : post.thread);
	const openThread = () => go({ circle: props.circle.id, thread: post.thread, ...(replies ? {} : { post: post.id, seq: post.seq }) });

	return (
		<article
			class={['post', isMine ? 'mine' : '', props.follows ? 'follows' : '', props.isAimed ? 'aimed' : ''].join(' ')}
			aria-labelledby={label}
		>
			{!props.follows && <Avatar id={post.author.id} name={name} />}
			<div class="post-body">
				<header id={label} class={props.follows ? 'post-head sr' : 'post-head'}>
					<Name name={name} tag={isErased ? undefined : post.author.tag} />
					{isMine && <span class="badge">{t('post.you')}</span>}
					{role && <span class="badge strong">{role}</span>}
					{post.author.organisation && <bdi class="organisation">{post.author.organisation}</bdi>}
					<time dateTime={post.at} title={dayAndClock(post.at)}>
						{clock(post.at)}
					</time>
				</header>
				{answers && answers !== (props.isIn === 'thread' ? post.thread : '') && (
					<Context circle={props.circle} to={answers} onOpen={props.onContext} />
				)}
				{gone ? (
					<p class="gone">{gone}</p>
				) : (
					<PostWords post={post} />
				)}
				{!gone && post.state === 'redacted' && <p class="mark">{t('post.redacted')}</p>}
				{!gone && post.state === 'visible' && post.rev > 1 && <p class="mark">{t('post.edited')}</p>}
				<footer class="post-foot">
					{!gone && props.canSpeak && !isFrozen && (
						<button type="button" class="quiet" onClick={() => props.onReply(post)} aria-describedby={label}>
							<Icon name="reply" turns />
							{t('reply')}
						</button>
					)}
					{isFrozen && (
						<span class="frozen-mark">
							<Icon name="snow" />
							{t('thread.frozen.mark')}
						</span>
					)}
					{props.isIn === 'stream' && replies > 0 && (
						<button type="button" class="quiet thread-chip" onClick={openThread} aria-describedby={label}>
							<Icon name="thread" turns />
							{t('thread.replies', { n: replies })}
						</button>
					)}
					<button
						type="button"
						class="quiet more"
						aria-label={t('post.more', { name })}
						aria-haspopup="dialog"
						onClick={() => setMenuOpen(true)}
					>
						<Icon name="more" />
					</button>
				</footer>
			</div>
			{isMenuOpen && (
				<PostMenu circle={props.circle} post={post} isMine={isMine} onClose={() => setMenuOpen(false)} />
			)}
		</article>
	);
}

/** Written here, not yet known to be kept; or not let through. */
export function LetterRow({ letter }: { letter: Letter }) {
	const isRefused = letter.state === 'refused';
	const take = () => {
		outbox.remove(letter.key);
		giveBack(letter);
	};
	return (
		<article class={'post mine pending ' + (isRefused ? 'refused' : '')} aria-label={t('letter.label')}>
			<Avatar id={me.value?.id ?? ''} name={me.value?.name ?? ''} />
			<div class="post-body">
				<header class="post-head">
					<Name name={me.value?.name ?? ''} />
					<span class="badge">{t('post.you')}</span>
					<time dateTime={letter.at}>{clock(letter.at)}</time>
				</header>
				<Words text={letter.text} />
				{isRefused ? (
					<div class="verdict bad">
						<p>{letter.message ?? t('letter.rejected')}</p>
						<ReasonList text={letter.text} reasons={letter.reasons ?? []} />
						<p class="buttons">
							<button type="button" class="button small" onClick={take}>
								{t('letter.rewrite')}
							</button>
							<button type="button" class="button plain small" onClick={() => outbox.remove(letter.key)}>
								{t('letter.discard')}
							</button>
						</p>
					</div>
				) : (
					<p class="sending">
						<Icon name={letter.state === 'sent' ? 'check' : 'clock'} />
						{letterState(letter)}
						{letter.state === 'nudged' && (
							<button type="button" class="button small" onClick={() => (nudged.value = letter)}>
								{t('letter.look')}
							</button>
						)}
						{letter.state === 'charter' && (
							<button
								type="button"
								class="button small"
								onClick={() => (reaccept.value = processOf(letter.circle)?.id ?? null)}
							>
								{t('charter.read')}
							</button>
						)}
						{letter.state === 'waiting' && (
							<button type="button" class="quiet" onClick={take}>
								{t('letter.takeBack')}
							</button>
						)}
					</p>
				)}
			</div>
		</article>
	);
}

function letterState(letter: Letter): string {
	if (letter.state === 'sent') return t('letter.sent');
	if (letter.state === 'nudged') return t('letter.nudged');
	if (letter.state === 'charter') return t('letter.charter');
	if (letter.state === 'waiting') return letter.dueAt && letter.dueAt > Date.now() ? t('letter.later') : t('letter.waiting');
	return t('letter.sending');
}

/** Why it waits, until when, and what happens then: in the server's words, which know the cause. */
export function HeldWhy({ held }: { held: Held }) {
	// Its sentence counts from when it was held; the time itself stays true.
	if (held.message)
		return (
			<>
				<p dir="auto">{held.message}</p>
				<p>{t('held.until', { when: dayAndClock(held.until) })}</p>
			</>
		);
	return (
		<>
			<p>{t('held.now')}</p>
			<p>
				{t('held.until', { when: dayAndClock(held.until) })} {t(`held.then.${held.then}`)}
			</p>
		</>
	);
}

export function HeldRow({ held }: { held: HeldPost }) {
	const told = whyHeld(held.id);
	return (
		<article class="post mine held" aria-label={t('held.label')}>
			<Avatar id={me.value?.id ?? ''} name={me.value?.name ?? ''} />
			<div class="post-body">
				<header class="post-head">
					<Name name={me.value?.name ?? ''} />
					<span class="badge">{t('post.you')}</span>
					<time dateTime={held.at}>{clock(held.at)}</time>
				</header>
				<Words text={held.text} />
				<div class="verdict wait">
					<p class="verdict-title">
						<Icon name="clock" />
						{t('held.title')}
					</p>
					<HeldWhy held={held.held.message ? held.held : (told?.held ?? held.held)} />
					<ReasonList text={held.text} reasons={held.reasons.length ? held.reasons : (told?.reasons ?? [])} />
					<button type="button" class="quiet" onClick={() => go({ ...where.value, view: 'mine' })}>
						{t('held.mine')}
					</button>
				</div>
			</div>
		</article>
	);
}
