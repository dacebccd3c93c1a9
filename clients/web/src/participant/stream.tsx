// stream.tsx: the live discussion of one circle, and one thread beside it.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Post } from '../connection/posts';
import { Icon } from '../parts/icon';
import { LongList, type WindowHandle } from '../parts/window';
import { Words } from '../parts/words';
import { clock, day, dayAndClock, lang, LANGUAGES, number, t } from '../texts/texts';
import { charters, circleSummary, enterCircle, heldPosts, me, outbox, processOf, readCharter, ruleText, say, shown } from './app';
import type { Circle, Strand, TeamNotice } from './circle';
import { canSpeakIn, Composer, type ComposerHandle } from './composer';
import { HeldRow, LetterRow, PostRow } from './post';
import { rowsToCome, streamRows, type StreamRow } from './rows';
import { go, goBack } from './where';

function Draw(props: {
	circle: Circle;
	row: StreamRow;
	isIn: 'stream' | 'thread';
	aimed: string | undefined;
	canSpeak: boolean;
	onReply(post: Post): void;
	onContext(id: string): void;
}) {
	const { row } = props;
	if (row.kind === 'day') return <h2 class="day"><span>{day(row.at)}</span></h2>;
	if (row.kind === 'line') return <p class="line"><span>{t('stream.newFromHere')}</span></p>;
	if (row.kind === 'letter') return <LetterRow letter={row.letter} />;
	if (row.kind === 'held') return <HeldRow held={row.held} />;
	if (row.kind === 'notice') return <NoticeRow notice={row.notice} />;
	return (
		<PostRow
			circle={props.circle}
			post={row.post}
			follows={row.follows}
			isIn={props.isIn}
			isAimed={props.aimed === row.key}
			canSpeak={props.canSpeak}
			onReply={props.onReply}
			onContext={props.onContext}
		/>
	);
}

function NoticeRow({ notice }: { notice: TeamNotice }) {
	return (
		<article class="team-notice" aria-label={t('notice.fromTeam')}>
			<p class="team-notice-head">
				<Icon name="bell" />
				<strong>{t('notice.fromTeam')}</strong>
				<time dateTime={notice.at}>{clock(notice.at)}</time>
			</p>
			<Words text={notice.texts?.[lang.value] ?? notice.text} />
		</article>
	);
}

/** The rules that the moderating team has put above the discussion. */
function Pinned({ circle }: { circle: Circle }) {
	const pinned = circle.info.value?.pinned;
	const of = processOf(circle.id);
	useEffect(() => {
		if (pinned && of && !charters.peek()[of.id]) void readCharter(of.id);
	}, [!!pinned, of?.id]);
	if (!pinned || (!pinned.rules?.length && !pinned.text)) return null;
	return (
		<details class="banner pinned">
			<summary>
				<Icon name="pin" />
				<span>{t('pinned')}</span>
			</summary>
			{pinned.text && <Words text={pinned.text} />}
			<ol>
				{pinned.rules?.map((id) => {
					const text = ruleText(id);
					return text && <li dir="auto">{text}</li>;
				})}
			</ol>
		</details>
	);
}

/** The ready sentence in the reader's own language, whichever the moderator's is; other words as they are. */
function crisisSentence(reason: string | undefined): string {
	if (!reason) return t('crisis.now');
	return LANGUAGES.some((one) => t('crisis.ready', {}, one.lang) === reason) ? t('crisis.ready') : reason;
}

function Banner({ circle }: { circle: Circle }) {
	const info = circle.info.value;
	const place = useRef<HTMLDivElement>(null);
	const [isLonger, setLonger] = useState(false);
	// With large letters there is more of it than room: then the keyboard can scroll it too.
	const measure = () => setLonger(!!place.current && place.current.scrollHeight > place.current.clientHeight + 1);
	useEffect(measure);
	useEffect(() => {
		if (!place.current) return;
		const observer = new ResizeObserver(measure);
		observer.observe(place.current);
		return () => observer.disconnect();
	}, [!info]);
	if (!info) return null;
	const pace = info.pace;
	return (
		<div ref={place} class="banners" {...(isLonger ? { role: 'group', 'aria-label': t('notice.fromTeam'), tabIndex: 0 } : {})}>
			{info.crisis ? (
				<div class="banner crisis" role="alert">
					<Icon name="calm" />
					<p>
						<span dir="auto">{crisisSentence(info.crisis.reason)}</span>{' '}
						{info.crisis.until && <span class="until-when">{t('crisis.until', { when: dayAndClock(info.crisis.until) })}</span>}
					</p>
				</div>
			) : null}
			{pace > 0 && info.phase === 'open' && (
				<p class="banner" role="status">
					<Icon name="clock" />
					<span>
						{t('pace.now', { n: pace })} {info.pace_until && t('pace.until', { when: dayAndClock(info.pace_until) })}
					</span>
				</p>
			)}
			<Pinned circle={circle} />
			{info.door === 'closed' && info.phase === 'open' && (
				<p class="banner" role="status">
					<Icon name="lock" />
					<span>{t('door.closed')}</span>
				</p>
			)}
			{info.door === 'premoderated' && info.phase === 'open' && (
				<p class="banner" role="status">
					<Icon name="info" />
					<span>{t('door.premoderated')}</span>
				</p>
			)}
			{info.phase === 'closed' && (
				<p class="banner" role="status">
					<Icon name="info" />
					<span>{t('circle.closed')}</span>
				</p>
			)}
		</div>
	);
}

export function Stream() {
	const to = shown.value;
	const id = to.circle;
	if (!id || !circleSummary(id)) return <p class="empty">{t('circle.none')}</p>;
	return <CircleStream key={id} circle={enterCircle(id)} />;
}

function CircleStream({ circle }: { circle: Circle }) {
	const list = useRef<WindowHandle | null>(null);
	const composer = useRef<ComposerHandle | null>(null);
	const [isAtEnd, setAtEnd] = useState(true);
	const [aimed, setAimed] = useState<string | undefined>();
	const version = circle.version.value;
	const self = me.value?.id ?? '';
	const lineAfter = circle.lineAfter.value;
	const ready = circle.isReady.value;
	const letters = outbox.list.value.filter((letter) => letter.circle === circle.id);
	const held = heldPosts.value.filter((one) => one.circle === circle.id);
	const canSpeak = canSpeakIn(circle);
	const unseen = circle.unseen();
	void circle.seen.value;

	const posts = useMemo(
		() => streamRows(circle.main.list, lineAfter, self, circle.notices.value),
		[version, lineAfter, self, circle, circle.notices.value],
	);
	const rows = useMemo(() => {
		const come = rowsToCome(
			letters.filter((letter) => !circle.shows(letter)),
			held.filter((one) => !circle.posts.get(one.id)),
		);
		return come.length ? [...posts, ...come] : posts;
	}, [posts, outbox.list.value, heldPosts.value]);

	useEffect(() => {
		return () => circle.leave();
	}, [circle]);

	useEffect(() => {
		const see = () => {
			if (document.visibilityState === 'visible' && ready && (list.current?.isAtEnd() ?? false)) circle.see();
		};
		see();
		document.addEventListener('visibilitychange', see);
		return () => document.removeEventListener('visibilitychange', see);
	}, [version, isAtEnd, ready]);

	const toEnd = () => {
		list.current?.toEnd();
		circle.see();
		list.current?.element()?.focus({ preventScroll: true });
	};

	const onContext = (post: string) => {
		if (list.current?.toKey(post)) {
			setAimed(post);
			setTimeout(() => setAimed(undefined), 2400);
			return;
		}
		const known = circle.posts.get(post)?.peek();
		const thread = known?.thread ?? circle.main.list.find((placed) => placed.post.peek().reply_to === post)?.post.peek().thread;
		if (thread) go({ circle: circle.id, thread, post, ...(known ? { seq: known.seq } : {}) });
	};

	// One's own words are where one looks next.
	const sent = letters.length;
	const before = useRef(sent);
	useEffect(() => {
		if (sent > before.current) list.current?.toEnd();
		before.current = sent;
	}, [sent]);
	// Why it waits is read from its beginning, however large the letters.
	const waiting = held.length;
	const waitedBefore = useRef(waiting);
	useEffect(() => {
		const last = held[waiting - 1];
		if (last && waiting > waitedBefore.current && Date.now() - Date.parse(last.at) < 60000) list.current?.toBeginningOf('held' + last.id);
		waitedBefore.current = waiting;
	}, [waiting]);

	if (circle.refused.value) {
		return (
			<div class="empty">
				<Icon name="lock" />
				<p>{circle.refused.value.message}</p>
				{circle.refused.value.name === 'sanctioned' && (
					<button type="button" class="button" onClick={() => go({ view: 'inbox', circle: circle.id })}>
						{t('sanction.why')}
					</button>
				)}
			</div>
		);
	}

	const writers = circle.writers.value.filter((writer) => !writer.thread);
	const firstUnread = posts.find((row) => row.kind === 'line')?.key;
	return (
		<section class="stream" aria-label={t('stream.label')}>
			<Banner circle={circle} />
			<div class="list">
				{!ready ? (
					<p class="empty" role="status">
						{t('loading')}
					</p>
				) : (
					<LongList
						rows={rows}
						guess={96}
						label={t('stream.log')}
						begin={firstUnread}
						isLive={isAtEnd}
						handle={(handle) => (list.current = handle)}
						onEnd={setAtEnd}
						onTop={() => {
							if (!circle.main.isLoading.peek()) void circle.loadOlder();
						}}
						before={
							circle.main.hasOlder.value ? (
								<p class="edge">{t('loading')}</p>
							) : (
								<p class="edge">{rows.length ? t('stream.begins') : t('stream.empty')}</p>
							)
						}
						draw={(row) => (
							<Draw
								circle={circle}
								row={row}
								isIn="stream"
								aimed={aimed}
								canSpeak={canSpeak}
								onReply={(post) => composer.current?.reply(post)}
								onContext={onContext}
							/>
						)}
					/>
				)}
				<div class="pill-place" role="status">
					{ready && !isAtEnd && (
						<button type="button" class={unseen ? 'pill news' : 'pill'} onClick={toEnd}>
							<Icon name="down" />
							{unseen ? t('stream.news', { n: unseen }) : <span class="sr">{t('stream.toEnd')}</span>}
						</button>
					)}
				</div>
			</div>
			<Writers names={writers.map((writer) => writer.name)} />
			<Composer circle={circle} handle={(handle) => (composer.current = handle)} />
		</section>
	);
}

function Writers({ names }: { names: string[] }) {
	return (
		<p class="writers">
			{names.length > 0 &&
				(names.length > 2 ? t('writing.many', { n: names.length }) : t('writing', { names: names.join(', ') }))}
		</p>
	);
}

export function ThreadPane() {
	const to = shown.value;
	const id = to.circle;
	if (!id || !to.thread || !circleSummary(id)) return null;
	return <Thread key={to.thread} circle={enterCircle(id)} thread={to.thread} post={to.post} seq={to.seq} />;
}

function Thread(props: { circle: Circle; thread: string; post: string | undefined; seq: number | undefined }) {
	const { circle, thread } = props;
	useEffect(() => {
		circle.openThread(thread, props.seq);
		return () => circle.closeThread();
	}, [circle, thread]);
	const strand = circle.thread.value;
	return (
		<section class="thread" aria-label={t('thread.title')}>
			<header class="pane-head">
				<button
					type="button"
					class="icon-button back"
					aria-label={t('thread.close')}
					onClick={() => goBack({ circle: circle.id })}
				>
					<Icon name="back" turns />
				</button>
				<h1>{t('thread.title')}</h1>
			</header>
			{strand?.thread === thread ? <ThreadList {...props} strand={strand} /> : <p class="empty">{t('loading')}</p>}
		</section>
	);
}

function ThreadList(props: { circle: Circle; thread: string; post: string | undefined; seq: number | undefined; strand: Strand }) {
	const { circle, thread, strand } = props;
	const list = useRef<WindowHandle | null>(null);
	const composer = useRef<ComposerHandle | null>(null);
	const heading = useRef<HTMLDivElement>(null);
	const [isAtEnd, setAtEnd] = useState(true);
	const [aimed, setAimed] = useState<string | undefined>(props.post);
	const version = strand.version.value;
	const self = me.value?.id ?? '';
	const canSpeak = canSpeakIn(circle);
	const letters = outbox.list.value.filter((letter) => letter.circle === circle.id && letter.thread === thread);
	const held = heldPosts.value.filter((one) => one.circle === circle.id && one.thread === thread);
	const rows = useMemo(
		() => [
			...streamRows(strand.list, 0, self),
			...rowsToCome(
				letters.filter((letter) => !circle.shows(letter)),
				held.filter((one) => !circle.posts.get(one.id)),
			),
		],
		[version, outbox.list.value, heldPosts.value, self],
	);

	const aim = (post: string) => {
		if (!list.current?.toKey(post)) {
			say(t('post.notHere'));
			return;
		}
		setAimed(post);
	};
	useEffect(() => {
		if (props.post && rows.length) list.current?.toKey(props.post);
	}, [props.post, rows.length > 0]);
	useEffect(() => {
		if (!aimed) return;
		const timer = setTimeout(() => setAimed(undefined), 2600);
		return () => clearTimeout(timer);
	}, [aimed, rows.length > 0]);
	useEffect(() => {
		heading.current?.focus({ preventScroll: true });
	}, []);

	if (strand.trouble.value) return <p class="empty">{strand.trouble.value}</p>;
	if (!rows.length) return <p class="empty">{t('loading')}</p>;
	return (
		<>
			<div class="list" ref={heading} tabIndex={-1} aria-label={t('thread.count', { n: strand.list.length })} role="group">
				<LongList
					rows={rows}
					guess={96}
					label={t('thread.title')}
					begin={props.post ?? (strand.hasNewer.peek() ? undefined : strand.list[0]?.post.peek().id)}
					isLive={isAtEnd}
					handle={(handle) => (list.current = handle)}
					onEnd={setAtEnd}
					onTop={() => void strand.loadOlder()}
					onBottom={() => void strand.loadNewer()}
					draw={(row) => (
						<Draw
							circle={circle}
							row={row}
							isIn="thread"
							aimed={aimed}
							canSpeak={canSpeak}
							onReply={(post) => composer.current?.reply(post)}
							onContext={aim}
						/>
					)}
				/>
			</div>
			<Writers names={circle.writers.value.filter((writer) => writer.thread === thread).map((writer) => writer.name)} />
			<Composer circle={circle} thread={thread} handle={(handle) => (composer.current = handle)} />
		</>
	);
}

export function presentSentence(circle: Circle | undefined): string {
	const n = circle?.present.value ?? 0;
	return n > 1 ? t('present', { n }) : '';
}

export function countOf(n: number): string {
	return n > 99 ? number(99) + '+' : number(n);
}

