// log.tsx: what was done at the desk, in plain words, newest first, with the links of its chain.
import { useEffect, useState } from 'preact/hooks';
import { sentenceOf } from '../participant/menus';
import { Icon } from '../parts/icon';
import { Trouble } from '../parts/trouble';
import { dayAndClock, number, t } from '../texts/texts';
import { byName, desks } from './desk';
import { ruleName } from './reasons';
import { connection } from './participant';
import { d, named } from './texts';
import type { By, LogEntry } from './wire';

const GROUPS: Record<string, string[]> = {
	decisions: ['released', 'rejected', 'redacted', 'removed', 'restored', 'appeal_opened', 'appeal_decided', 'report_closed'],
	people: ['sanctioned', 'lifted', 'acknowledged_warning', 'role_given'],
	circle: ['pace_changed', 'door_changed', 'thread_frozen', 'thread_thawed', 'notice_posted', 'rules_pinned', 'crisis_begun', 'crisis_stepped', 'crisis_ended'],
	duty: ['watch_begun', 'watch_ended', 'alert_raised', 'alert_acknowledged', 'alert_passed_on', 'alert_expired', 'alert_over', 'note_added'],
};
const GROUP_NAMES = ['decisions', 'people', 'circle', 'duty'] as const;
/** What somebody or the machine did; taking in hand and giving back are only in the whole log. */
const ACTS = Object.values(GROUPS).flat();
const PAGE = 100;

function details(circle: string, body: Record<string, unknown>): string[] {
	const out: string[] = [];
	const participant = body['participant'] as { name?: string } | undefined;
	if (participant && typeof participant === 'object' && participant.name) out.push(participant.name);
	if (typeof body['role'] === 'string') out.push(named('role', body['role']));
	if (typeof body['step'] === 'string') out.push(named('step', body['step']));
	if (typeof body['cause'] === 'string') out.push(named('because', body['cause']));
	if (typeof body['about'] === 'string') out.push(named('alert', body['about']));
	if (typeof body['pace'] === 'number') out.push(d('time.seconds', { n: body['pace'] }));
	if (typeof body['door'] === 'string') out.push(named('door', body['door']));
	if (typeof body['outcome'] === 'string') out.push(named('outcome', body['outcome']));
	if (typeof body['rule'] === 'string') out.push(ruleName(circle, body['rule']));
	if (typeof body['until'] === 'string') out.push(d('until', { when: dayAndClock(body['until']) }));
	return out.filter(Boolean);
}

function Entry({ circle, entry }: { circle: string; entry: LogEntry }) {
	const body: Record<string, unknown> = { ...entry.body, ...entry.words };
	const by = body['by'] as By | string | undefined;
	return (
		<li class="log-entry">
			<span class="log-seq" dir="ltr">
				{number(entry.seq)}
			</span>
			<div>
				<p>
					<strong>{named('log', entry.kind)}</strong>
					{by && <span> · {byName(by)}</span>}
					<time dateTime={entry.at}>{dayAndClock(entry.at)}</time>
					<code class="chain" dir="ltr" title={entry.chain}>
						{entry.chain.slice(0, 16)}
					</code>
				</p>
				{details(circle, body).length > 0 && <p class="hint">{details(circle, body).join(' · ')}</p>}
				{typeof body['reason'] === 'string' && (
					<p class="hint" dir="auto">
						{body['reason']}
					</p>
				)}
				{typeof body['note'] === 'string' && entry.kind !== 'note_added' && (
					<p class="hint">
						<Icon name="note" />
						<span dir="auto">{body['note']}</span>
					</p>
				)}
				{typeof body['text'] === 'string' && (
					<p class="hint" dir="auto">
						{body['text']}
					</p>
				)}
			</div>
		</li>
	);
}

export function Log() {
	const [circle, setCircle] = useState(desks.value[0]?.id ?? '');
	const [entries, setEntries] = useState<LogEntry[]>([]);
	const [head, setHead] = useState(0);
	const [from, setFrom] = useState(0);
	const [group, setGroup] = useState<string>('acts');
	const [words, setWords] = useState('');
	const [trouble, setTrouble] = useState<string | null>(null);
	const [isReading, setReading] = useState(false);

	const read = async (after: number, isOlder: boolean) => {
		if (!circle) return;
		setReading(true);
		try {
			let got: LogEntry[] = [];
			let at = Math.max(0, after);
			const top = isOlder ? from : Infinity;
			for (let pages = 0; pages < 4; pages++) {
				const page = await connection.ask<{ entries: LogEntry[]; head: number; more: boolean }>('desk.log', { circle, after: at });
				setHead(page.head);
				got = [...got, ...page.entries.filter((entry) => entry.seq < top)];
				const last = page.entries[page.entries.length - 1];
				if (!page.more || !last || last.seq >= top - 1) break;
				at = last.seq;
			}
			setEntries((known) => (isOlder ? [...got, ...known] : got));
			setFrom(Math.max(0, after) + 1);
			setTrouble(null);
		} catch (error) {
			setTrouble(sentenceOf(error));
		} finally {
			setReading(false);
		}
	};
	useEffect(() => {
		if (!circle && desks.value[0]) setCircle(desks.value[0].id);
	}, [desks.value]);
	useEffect(() => {
		if (!circle) return;
		setEntries([]);
		const seq = desks.peek().find((desk) => desk.id === circle)?.journal.seq ?? 0;
		void read(seq - PAGE, false);
	}, [circle]);

	const shown = entries.filter((entry) => {
		const kinds = group === 'acts' ? ACTS : GROUPS[group];
		if (kinds && !kinds.includes(entry.kind)) return false;
		return !words || JSON.stringify([entry.body, entry.words]).includes(words) || named('log', entry.kind).includes(words);
	});
	const last = entries[entries.length - 1];
	return (
		<section class="whole" aria-labelledby="log-title">
			<header class="col-head">
				<h2 id="log-title" tabIndex={-1}>
					{d('tab.log')}
				</h2>
				<button type="button" class="icon-button" aria-label={d('log.again')} onClick={() => void read((desks.peek().find((desk) => desk.id === circle)?.journal.seq ?? 0) - PAGE, false)}>
					<Icon name="undo" />
				</button>
			</header>
			<div class="filters">
				<label class="field-inline">
					<span class="sr">{d('filter.circle')}</span>
					<select class="field" value={circle} onChange={(event) => setCircle(event.currentTarget.value)}>
						{desks.value.map((desk) => (
							<option value={desk.id}>{desk.title()}</option>
						))}
					</select>
				</label>
				<div class="chips" role="group" aria-label={d('log.groups')}>
					{['acts', ...GROUP_NAMES, 'all'].map((name) => (
						<button type="button" class="chip" aria-pressed={group === name} onClick={() => setGroup(name)}>
							{named('group', name)}
						</button>
					))}
				</div>
				<label class="field-inline">
					<span class="sr">{d('log.find')}</span>
					<input class="field" dir="auto" type="search" placeholder={d('log.find')} value={words} onInput={(event) => setWords(event.currentTarget.value)} />
				</label>
			</div>
			<div class="scrolls whole-body" tabIndex={0} role="group" aria-labelledby="log-title">
				{last && (
					<p class="chain-head">
						<Icon name="link" />
						<span>{d('log.head', { n: head })}</span>
						<code dir="ltr">{last.chain}</code>
					</p>
				)}
				<Trouble of={trouble} />
				{isReading && !entries.length && <p class="empty">{t('loading')}</p>}
				{!isReading && !shown.length && <p class="empty">{d('log.empty')}</p>}
				<ol class="plain-list log-list">
					{[...shown].reverse().map((entry) => (
						<Entry key={entry.seq} circle={circle} entry={entry} />
					))}
				</ol>
				{from > 1 && (
					<button type="button" class="button" disabled={isReading} onClick={() => void read(from - 1 - PAGE, true)}>
						{t('older')}
					</button>
				)}
			</div>
		</section>
	);
}
