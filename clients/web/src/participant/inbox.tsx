// inbox.tsx: what concerns me: answers, mentions, and what was decided about what I wrote, with reasons.
import { useEffect, useState } from 'preact/hooks';
import type { JournalEvent, Statement } from '../connection/protocol';
import { Icon, type IconName } from '../parts/icon';
import { Words } from '../parts/words';
import { dayAndClock, longDate, t, type TextKey } from '../texts/texts';
import { findCircle, inbox, inboxHasOlder, inboxSeen, loadOlderInbox, refreshInbox, ruleText, said, say, seeInbox, standing } from './app';
import { ReasonList } from './judged';
import { AppealOffer, AppealOutcome } from './appeals';
import { HeldWhy, stateSentence } from './post';
import { SanctionTold } from './sanctions';
import { PageHead } from './shell';
import { go } from './where';

const icons: Record<string, IconName> = {
	replied: 'reply',
	mentioned: 'person',
	post_held: 'clock',
	post_released: 'check',
	post_rejected: 'info',
	post_redacted: 'pen',
	post_removed: 'trash',
	post_restored: 'check',
	report_closed: 'flag',
	sanctioned: 'info',
	lifted: 'check',
	appeal_decided: 'scale',
};

const KINDS = [
	'replied', 'mentioned', 'post_held', 'post_released', 'post_rejected', 'post_redacted', 'post_removed',
	'post_restored', 'sanctioned', 'lifted', 'report_closed', 'appeal_decided',
];

function sentence(event: JournalEvent): string {
	const name = event.post?.author.kind === 'erased' ? t('erased.name') : (event.post?.author.name ?? '');
	return t(`inbox.${event.kind}` as TextKey, { name });
}

/** Why, on which ground, found how, and what one can do about it. */
export function StatementText({ statement }: { statement: Statement }) {
	const rows: [TextKey, string | null | undefined][] = [
		['statement.restriction', statement.restriction],
		['statement.facts', statement.facts],
		['statement.rule', ruleText(statement.rule) ?? statement.rule],
		['statement.detection', statement.detection],
		['statement.automation', statement.automation],
		['statement.until', statement.until ? dayAndClock(statement.until) : null],
		['statement.appeal', statement.appeal_until ? longDate(statement.appeal_until) : null],
	];
	const told = rows.filter(([, text]) => text);
	if (!told.length) return null;
	return (
		<dl class="statement">
			{told.map(([key, text]) => (
				<div>
					<dt>{t(key)}</dt>
					<dd dir="auto">{text}</dd>
				</div>
			))}
		</dl>
	);
}

function Entry({ event, isNew }: { event: JournalEvent; isNew: boolean }) {
	const [isOpen, setOpen] = useState(false);
	const post = event.post && standing(event.post);
	const canOpen = !!post && !!post.seq && post.state !== 'held' && post.state !== 'rejected';
	const open = async () => {
		const circle = await findCircle(event);
		if (circle && post) go({ circle, thread: post.thread, post: post.id, ...(post.seq ? { seq: post.seq } : {}) });
		else say(t('circle.none'));
	};
	const statement = event.statement && (event.statement.facts || event.statement.restriction) ? event.statement : null;
	return (
		<li class={isNew ? 'entry new' : 'entry'}>
			<Icon name={icons[event.kind] ?? 'info'} turns={event.kind === 'replied'} />
			<div class="entry-body">
				<p class="entry-head">
					<span dir="auto">{sentence(event)}</span>
					<time dateTime={event.at}>{dayAndClock(event.at)}</time>
				</p>
				{event.message && <p dir="auto">{event.message}</p>}
				{post && stateSentence(post) && <p class="gone">{stateSentence(post)}</p>}
				{post?.text && (
					<blockquote class="quoted">
						<Words text={post.text.length > 400 ? post.text.slice(0, 400) + '…' : post.text} lang={post.lang} />
					</blockquote>
				)}
				{event.kind === 'post_held' && event.held && (
					<div class="hint">
						<HeldWhy held={event.held} />
					</div>
				)}
				{event.kind === 'appeal_decided' && <AppealOutcome event={event} />}
				{event.reason && (
					<blockquote class="quoted" dir="auto">
						{event.reason}
					</blockquote>
				)}
				{event.kind === 'sanctioned' && <SanctionTold event={event} />}
				{event.kind === 'post_rejected' && <p class="hint">{t('rejected.can')}</p>}
				{!!event.reasons?.length && <ReasonList text={post?.text ?? ''} reasons={event.reasons} />}
				<p class="entry-foot">
					{canOpen && (
						<button
							type="button"
							class="quiet"
							onClick={() => void open()}
						>
							{t('inbox.open')}
						</button>
					)}
					{statement && (
						<button type="button" class="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
							{t('statement.show')}
						</button>
					)}
				</p>
				{isOpen && statement && <StatementText statement={statement} />}
				{event.kind !== 'appeal_decided' && <AppealOffer decision={event.decision} until={event.statement?.appeal_until} />}
			</div>
		</li>
	);
}

export function Inbox() {
	const [seenBefore] = useState(inboxSeen.peek());
	const events = inbox.value.filter((event) => KINDS.includes(event.kind));
	useEffect(() => seeInbox(), [inbox.value]);
	useEffect(() => {
		void refreshInbox();
		// What called here need not stand before what it called to.
		said.value = { ...said.peek(), isSeen: true };
	}, []);
	return (
		<section class="page">
			<PageHead title={t('inbox')} />
			<div class="page-body">
				{!events.length && <p class="empty">{t('inbox.empty')}</p>}
				<ol class="plain-list entries">
					{[...events].reverse().map((event) => (
						<Entry key={event.seq} event={event} isNew={event.seq > seenBefore} />
					))}
				</ol>
				{inboxHasOlder.value && (
					<button type="button" class="button" onClick={() => void loadOlderInbox()}>
						{t('older')}
					</button>
				)}
			</div>
		</section>
	);
}
