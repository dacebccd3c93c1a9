// item.tsx: one item of the queue, with all that one needs to decide about it.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { JournalEvent, WirePost } from '../connection/protocol';
import { standing } from '../participant/app';
import { stateSentence } from '../participant/post';
import { Icon } from '../parts/icon';
import { Avatar, MarkedWords, Name, Words } from '../parts/words';
import { clock, dayAndClock, t } from '../texts/texts';
import { ask } from './asked';
import { ActButton, Ago, Causes, findingName, gist, inTime, isHard, KindBadge, Left, LevelBadge, subject } from './bits';
import { PersonCard } from './person';
import { AppealPane } from './appeal';
import { byName, claim, countHard, decide, deskOf, endOf, findItem, now, readItem, unclaim } from './desk';
import { onKeys } from './keys';
import { moveOn, openNext } from './moving';
import { me } from './participant';
import { prefs } from './prefs';
import { choose, chooseAlike } from './queue';
import { ruleName } from './reasons';
import { d, named } from './texts';
import type { Item, ItemRead } from './wire';
import { closePane, openItem, openThread } from './where';

const CLAIM_AFTER_MS = 350;

export function release(item: Item): void {
	moveOn([item.item]);
	decide({
		method: 'desk.release',
		params: { item: item.item },
		circle: item.circle,
		items: [item.item],
		told: d(item.kind === 'report' ? 'told.dismissed' : 'told.released'),
	});
}

export function acknowledge(item: Item): void {
	moveOn([item.item]);
	decide({
		method: 'desk.acknowledge',
		params: { item: item.item },
		circle: item.circle,
		items: [item.item],
		told: d('told.acknowledged'),
	});
}

/** One post of the thread around; what stands can be acted upon. */
export function ContextPost({ circle, post: told, at, isThis }: { circle: string; post: WirePost; at: string; isThis?: boolean }) {
	const post = standing(told);
	const gone = stateSentence(post);
	const name = post.author.kind === 'erased' ? t('erased.name') : post.author.name;
	return (
		<article class={isThis ? 'context-post this' : 'context-post'} aria-label={d('post.by', { name })}>
			<header class="post-head">
				<Name name={name} tag={post.author.tag} />
				<time dateTime={at}>{clock(at)}</time>
				{post.state === 'redacted' && <span class="badge">{d('state.redacted')}</span>}
				<button
					type="button"
					class="quiet"
					aria-label={d('post.acts', { name })}
					aria-haspopup="dialog"
					onClick={() => ask({ kind: 'post', circle, post })}
				>
					<Icon name="more" />
				</button>
			</header>
			{gone ? <p class="gone">{gone}</p> : <Words text={(post.text ?? '').slice(0, 1200)} lang={post.lang} />}
		</article>
	);
}

function Thread({ item, events }: { item: Item; events: JournalEvent[] }) {
	const box = useRef<HTMLDivElement>(null);
	const own = item.post?.id;
	const posts = new Map<string, { post: WirePost; at: string }>();
	for (const event of events) if (event.post && event.post.id !== own) posts.set(event.post.id, { post: event.post, at: event.at });
	useEffect(() => {
		if (box.current) box.current.scrollTop = box.current.scrollHeight;
	}, [item.item, events.length]);
	if (!posts.size) return <p class="hint">{d('thread.opens')}</p>;
	return (
		<div class="thread-around scrolls" ref={box} tabIndex={0} role="group" aria-label={d('thread.around')}>
			{[...posts.values()].map(({ post, at }) => (
				<ContextPost key={post.id} circle={item.circle} post={post} at={at} />
			))}
		</div>
	);
}

function Findings({ item }: { item: Item }) {
	const findings = item.verdict?.findings ?? [];
	const seen = new Set<string>();
	const list = findings.filter((finding) => {
		const key = finding.symbol + finding.rule;
		if (seen.has(key)) return false;
		seen.add(key);
		return true;
	});
	return (
		<div class="findings">
			<p>
				<strong>{d('because')}</strong> {named('because', item.cause)}
			</p>
			{list.length > 0 && (
				<ul>
					{list.map((finding) => (
						<li>
							<strong>{findingName(finding)}</strong>
							{finding.rule && ruleName(item.circle, finding.rule) && <span class="by-rule">{d('finding.rule', { rule: ruleName(item.circle, finding.rule) })}</span>}
						</li>
					))}
				</ul>
			)}
			{item.reports?.map((report) => (
				<p class="report">
					<Icon name="flag" />
					<span>
						{named('reportReason', report.reason)}
						{report.note && (
							<>
								: <span dir="auto">{report.note}</span>
							</>
						)}
					</span>
				</p>
			))}
		</div>
	);
}

/** What happens if nobody decides, said as a sentence with its time. */
function Deadline({ item }: { item: Item }) {
	if (!item.until) return <p class="deadline muted">{d('deadline.none')}</p>;
	const seconds = Math.max(0, (Date.parse(item.until) - now.value) / 1000);
	const time = inTime(seconds);
	const then = item.kind === 'alert' ? 'alert' : item.kind === 'appeal' ? 'appeal' : item.then === 'published' || item.then === 'stays' ? item.then : 'returned';
	return (
		<p class={seconds < 600 ? 'deadline presses' : 'deadline'}>
			<Icon name={seconds < 600 ? 'bell' : 'clock'} />
			<span>
				{d(`deadline.${then}`, { time })} <span class="muted">({dayAndClock(item.until)})</span>
			</span>
		</p>
	);
}

function TheWords({ item }: { item: Item }) {
	const [isShown, setShown] = useState(false);
	useEffect(() => setShown(false), [item.item]);
	useLayoutEffect(() => onKeys({ uncover: () => setShown(true) }), []);
	const post = item.kind === 'report' && item.post ? standing(item.post) : item.post;
	const text = item.kind === 'edit' ? (item.text ?? '') : (post?.text ?? item.text ?? '');
	if (prefs.value.blur && isHard(item) && !isShown)
		return (
			<div class="covered-words">
				<p>{d('covered.long')}</p>
				<ActButton icon="eye" shortcut="uncover" onClick={() => setShown(true)}>
					{d('covered.show')}
				</ActButton>
			</div>
		);
	const spans = (item.verdict?.findings ?? []).filter((finding) => finding.end !== undefined).map((finding) => ({ start: finding.start ?? 0, end: finding.end! }));
	const gone = post && stateSentence(post);
	return (
		<>
			{item.kind === 'edit' && post?.text !== undefined && (
				<div class="before-edit">
					<h4>{d('edit.stands')}</h4>
					<Words text={post.text} lang={post.lang} />
					<h4>{d('edit.wanted')}</h4>
				</div>
			)}
			{gone && !text ? <p class="gone">{gone}</p> : <MarkedWords text={text} spans={spans} {...(post?.lang ? { lang: post.lang } : {})} />}
		</>
	);
}

function useItemRead(item: Item | undefined): ItemRead | null {
	const [read, setRead] = useState<ItemRead | null>(null);
	const id = item?.item;
	useEffect(() => {
		setRead(null);
		if (!item) return;
		let isWanted = true;
		readItem(item).then(
			(answer) => {
				if (!isWanted) return;
				setRead(answer);
				if (isHard(item)) countHard(item);
			},
			() => undefined,
		);
		return () => {
			isWanted = false;
		};
	}, [id]);
	return read && read.item.item === id ? read : null;
}

/** Opened: the others see who looks at it. Left undecided: given back. */
function useClaim(item: Item | undefined): void {
	const id = item?.item;
	useEffect(() => {
		if (!id) return;
		let claimed = false;
		const timer = setTimeout(() => {
			const at = findItem(id);
			if (at && !at.claimed_by) {
				claimed = true;
				void claim(id);
			}
		}, CLAIM_AFTER_MS);
		const giveBack = () => {
			const at = findItem(id);
			if (at?.claimed_by?.id === me.peek()?.id) void unclaim(id);
		};
		addEventListener('pagehide', giveBack);
		return () => {
			clearTimeout(timer);
			removeEventListener('pagehide', giveBack);
			const at = findItem(id);
			if (at && (claimed || at.claimed_by?.id === me.peek()?.id) && !leaving.has(id)) void unclaim(id);
			leaving.delete(id);
		};
	}, [id]);
}

/** Just decided: no need to give it back. */
const leaving = new Set<string>();

export function ItemPane({ id }: { id: string }) {
	const last = useRef<Item | null>(null);
	const heading = useRef<HTMLHeadingElement>(null);
	const body = useRef<HTMLDivElement>(null);
	const here = findItem(id);
	if (here) last.current = here;
	const item = here ?? (last.current?.item === id ? last.current : undefined);
	const end = here ? null : endOf(id);
	const read = useItemRead(item);
	useClaim(here);

	// Whatever was pressed has gone with the item before: one goes on at the heading of this one.
	useEffect(() => {
		heading.current?.focus({ preventScroll: true });
		if (body.current) body.current.scrollTop = 0;
	}, [id, !item]);

	const desk = item && deskOf(item.circle);
	const holder = here?.claimed_by && here.claimed_by.id !== me.value?.id ? here.claimed_by : null;
	const canAct = !!here && !holder;
	const done = (act: () => void) => () => {
		leaving.add(id);
		act();
	};
	const kind = item?.kind;
	const post = item?.post;
	const withPost = (act: () => void) => (canAct && post ? act : () => undefined);
	// At once with the buttons: a key must not come too early.
	useLayoutEffect(() => {
		if (!item || !kind) return;
		const findings = item.verdict?.findings;
		return onKeys({
			...(canAct && (kind === 'held' || kind === 'edit' || kind === 'report') ? { release: done(() => release(item)) } : {}),
			...(canAct && kind === 'alert' ? { release: done(() => acknowledge(item)) } : {}),
			...(canAct && (kind === 'held' || kind === 'edit') ? { reject: () => ask({ kind: 'reject', item }) } : {}),
			...(kind === 'report'
				? {
						reject: withPost(() => ask({ kind: 'remove', circle: item.circle, post: standing(post!), item })),
						remove: withPost(() => ask({ kind: 'remove', circle: item.circle, post: standing(post!), item })),
						mask: withPost(() => ask({ kind: 'mask', circle: item.circle, post: standing(post!), item, findings })),
					}
				: {}),
			...(post
				? {
						sanction: () => ask({ kind: 'sanction', circle: item.circle, participant: post.author, cause: id, findings, lang: post.lang }),
					}
				: {}),
			...(item.alert?.thread
				? { freeze: () => ask({ kind: 'freeze', circle: item.circle, thread: item.alert!.thread!, isFrozen: isFrozen(item.circle, item.alert!.thread!) }) }
				: {}),
			note: () => ask({ kind: 'note', circle: item.circle, about: { item: id } }),
			choose: () => choose(item),
			chooseAlike: () => chooseAlike(item),
			claim: () => void (item.claimed_by?.id === me.peek()?.id ? unclaim(id) : claim(id)),
			crisis: () => ask({ kind: 'crisis', circle: item.circle }),
			close: closePane,
		});
	}, [id, kind, canAct, post?.rev]);

	if (!item)
		return (
			<div class="pane-body">
				<h2 ref={heading} tabIndex={-1} class="pane-title">
					{end ?? d('item.gone')}
				</h2>
				<ActButton icon="down" shortcut="next" onClick={() => openNext(1)}>
					{d('item.next')}
				</ActButton>
			</div>
		);

	const who = item.post || item.kind === 'alert' ? subject(item) : read?.author?.participant.name;
	const title = who ? d(`title.${item.kind}`, { name: who }) : d(`kind.${item.kind}`);
	return (
		<div class="pane-frame">
			<header class="item-head">
				<button type="button" class="icon-button back" aria-label={d('pane.close')} onClick={closePane}>
					<Icon name="back" turns />
				</button>
				<div class="item-title">
					<h2 ref={heading} tabIndex={-1} class="pane-title">
						{title}
					</h2>
					<p class="item-sub">
						<KindBadge item={item} />
						<bdi>{desk?.title()}</bdi>
						<Ago at={item.opened} />
						{here?.claimed_by && !holder && (
							<span class="holder">
								<Icon name="eye" />
								{d('claimed.me')}
							</span>
						)}
					</p>
				</div>
				<div class="steps">
					<button type="button" class="icon-button" aria-label={d('item.previous')} onClick={() => openNext(-1)}>
						<Icon name="up" />
					</button>
					<button type="button" class="icon-button" aria-label={d('item.next')} onClick={() => openNext(1)}>
						<Icon name="down" />
					</button>
				</div>
			</header>
			{end && (
				<div class="strip" role="status">
					<Icon name="check" />
					<span>{end}</span>
					<ActButton icon="down" shortcut="next" onClick={() => openNext(1)}>
						{d('item.next')}
					</ActButton>
				</div>
			)}
			{holder && (
				<div class="strip">
					<Icon name="eye" />
					<span>{d('claimed.byLong', { name: holder.name })}</span>
					<ActButton icon="user" shortcut="claim" onClick={() => void unclaim(id).then(() => claim(id))}>
						{d('claimed.take')}
					</ActButton>
				</div>
			)}
			<div class="pane-body" ref={body}>
				{item.kind === 'alert' ? (
					<AlertBody item={item} />
				) : item.kind === 'appeal' ? (
					<AppealPane item={item} read={read} canAct={canAct} onDone={() => leaving.add(id)} />
				) : (
					<>
						<Deadline item={item} />
						{item.post && item.post.thread !== item.post.id && <Thread item={item} events={read?.thread ?? []} />}
						<section class={'subject ' + item.kind} aria-label={d('item.words')}>
							{post && (
								<header class="post-head">
									<Avatar id={post.author.id} name={subject(item)} />
									<button
										type="button"
										class="link-name"
										aria-haspopup="dialog"
										onClick={() => ask({ kind: 'person', circle: item.circle, participant: post.author })}
									>
										<Name name={subject(item)} tag={post.author.tag} />
									</button>
									{post.author.organisation && <bdi class="organisation">{post.author.organisation}</bdi>}
								</header>
							)}
							<TheWords item={item} />
						</section>
						<Findings item={item} />
						{item.post && item.post.thread === item.post.id && !!read?.thread?.some((event) => event.post && event.post.id !== item.post!.id) && (
							<>
								<h3>{d('thread.around')}</h3>
								<Thread item={item} events={read.thread} />
							</>
						)}
					</>
				)}
				{item.kind !== 'alert' && (read?.author || post) && (
					<PersonCard
						circle={item.circle}
						participant={read?.author?.participant ?? post!.author}
						history={read?.author ?? null}
						cause={id}
						lang={post?.lang}
					/>
				)}
				{!!read?.notes?.length && (
					<ul class="plain-list notes" aria-label={d('person.notes')}>
						{read.notes.map((note) => (
							<li>
								<Icon name="note" />
								<span dir="auto">{note.text}</span> <small class="muted">{byName(note.by)}</small>
							</li>
						))}
					</ul>
				)}
				{!!read?.similar?.length && <Similar items={read.similar} of={item} />}
			</div>
			{here && item.kind !== 'appeal' && (
				<footer class="act-bar" role="group" aria-label={d('acts')}>
					{(item.kind === 'held' || item.kind === 'edit') && (
						<>
							<ActButton icon="check" kind="primary" shortcut="release" isDisabled={!canAct} onClick={done(() => release(item))}>
								{d('release')}
							</ActButton>
							<ActButton icon="close" kind="grave" shortcut="reject" isDisabled={!canAct} onClick={() => ask({ kind: 'reject', item })}>
								{d('reject')}
							</ActButton>
						</>
					)}
					{item.kind === 'report' && post && (
						<>
							<ActButton icon="check" kind="primary" shortcut="release" isDisabled={!canAct} onClick={done(() => release(item))}>
								{d('dismiss')}
							</ActButton>
							<ActButton
								icon="mask"
								shortcut="mask"
								isDisabled={!canAct}
								onClick={() => ask({ kind: 'mask', circle: item.circle, post: standing(post), item, findings: item.verdict?.findings })}
							>
								{d('mask')}
							</ActButton>
							<ActButton
								icon="trash"
								kind="grave"
								shortcut="remove"
								isDisabled={!canAct}
								onClick={() => ask({ kind: 'remove', circle: item.circle, post: standing(post), item })}
							>
								{d('remove')}
							</ActButton>
						</>
					)}
					{item.kind === 'alert' && (
						<>
							<ActButton icon="check" kind="primary" shortcut="release" isDisabled={!canAct} onClick={done(() => acknowledge(item))}>
								{d('acknowledge')}
							</ActButton>
							{item.alert?.thread && (
								<>
									<ActButton icon="thread" onClick={() => openThread(item.circle, item.alert!.thread!)}>
										{d('thread.open')}
									</ActButton>
									<ActButton
										icon="snow"
										shortcut="freeze"
										onClick={() =>
											ask({ kind: 'freeze', circle: item.circle, thread: item.alert!.thread!, isFrozen: isFrozen(item.circle, item.alert!.thread!) })
										}
									>
										{d(isFrozen(item.circle, item.alert.thread) ? 'thaw' : 'freeze')}
									</ActButton>
								</>
							)}
							<ActButton icon="clock" onClick={() => ask({ kind: 'pace', circle: item.circle })}>
								{d('pace')}
							</ActButton>
							<ActButton icon="bell" onClick={() => ask({ kind: 'notice', circle: item.circle })}>
								{d('notice')}
							</ActButton>
							<ActButton icon="storm" kind="grave" shortcut="crisis" onClick={() => ask({ kind: 'crisis', circle: item.circle })}>
								{d('crisis')}
							</ActButton>
						</>
					)}
					{post && (
						<ActButton
							icon="person"
							shortcut="sanction"
							onClick={() =>
								ask({ kind: 'sanction', circle: item.circle, participant: post.author, cause: id, findings: item.verdict?.findings, lang: post.lang })
							}
						>
							{d('sanction')}
						</ActButton>
					)}
					<ActButton icon="note" kind="plain" shortcut="note" onClick={() => ask({ kind: 'note', circle: item.circle, about: { item: id } })}>
						{d('note')}
					</ActButton>
				</footer>
			)}
		</div>
	);
}

export function isFrozen(circle: string, thread: string): boolean {
	return deskOf(circle)?.state()?.frozen?.includes(thread) ?? false;
}

function AlertBody({ item }: { item: Item }) {
	const alert = item.alert!;
	const forWhom = alert.for;
	return (
		<>
			<p class="alert-line">
				<LevelBadge level={alert.level} />
				<span>{named('alert', alert.about)}</span>
			</p>
			<Deadline item={item} />
			{forWhom && <p class="hint">{d('alert.for', { name: byName(forWhom) })}</p>}
			<h3>{d('causes')}</h3>
			<Causes causes={alert.causes} />
			{alert.participant && (
				<PersonCard circle={item.circle} participant={alert.participant} history={null} cause={item.item} lang={undefined} />
			)}
		</>
	);
}

function Similar({ items, of }: { items: { item: string }[]; of: Item }) {
	const open = items.map((item) => findItem(item.item)).filter((item): item is Item => !!item && item.item !== of.item);
	if (!open.length) return null;
	return (
		<section>
			<h3>{d('similar')}</h3>
			<ul class="plain-list similar">
				{open.slice(0, 8).map((item) => (
					<li>
						<button type="button" class="queue-open" onClick={() => openItem(item.item)}>
							<span class="queue-head">
								<KindBadge item={item} />
								<bdi class="name">{subject(item)}</bdi>
								<Left until={item.until} />
							</span>
							<span class="gist" dir="auto">
								{gist(item).slice(0, 140)}
							</span>
						</button>
					</li>
				))}
			</ul>
			<ActButton icon="list" shortcut="chooseAlike" onClick={() => chooseAlike(of)}>
				{d('similar.choose')}
			</ActButton>
		</section>
	);
}
