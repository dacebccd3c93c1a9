// queue.tsx: all that waits, in every circle that one moderates, in order of what is due first.
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../parts/icon';
import { number } from '../texts/texts';
import { ActButton, Ago, gist, isHard, KindBadge, Left, LevelBadge, subject } from './bits';
import { BulkDialog, type BulkWhat } from './bulk';
import { chosen, circleFilter, desks, isLooking, kindFilter, queue, waiting, type KindFilter } from './desk';
import { me } from './participant';
import { prefs } from './prefs';
import { d } from './texts';
import type { Item } from './wire';
import { openItem, paneNow } from './where';

const KINDS: KindFilter[] = ['all', 'alert', 'held', 'edit', 'report', 'appeal'];
const ROWS = 60;

export const bulk = signal<BulkWhat | null>(null);

/** What may be settled many at a time: held posts and edits, and reports that are only put away. */
function canChoose(item: Item): boolean {
	return item.kind === 'held' || item.kind === 'edit' || item.kind === 'report';
}

export function choose(item: Item): void {
	if (!canChoose(item)) return;
	const next = new Set(chosen.peek());
	if (!next.delete(item.item)) next.add(item.item);
	chosen.value = next;
}

/** The same kind by the same author in the same circle. */
export function chooseAlike(item: Item): void {
	if (!canChoose(item)) return;
	const next = new Set(chosen.peek());
	for (const other of waiting.peek())
		if (other.kind === item.kind && other.circle === item.circle && other.post?.author.id === item.post?.author.id) next.add(other.item);
	chosen.value = next;
}

export function chosenItems(): Item[] {
	return waiting.value.filter((item) => chosen.value.has(item.item));
}

function Row({ item, isOpen }: { item: Item; isOpen: boolean }) {
	const row = useRef<HTMLLIElement>(null);
	const isMany = desks.value.length > 1;
	const covered = prefs.value.blur && isHard(item);
	const desk = desks.value.find((one) => one.id === item.circle);
	const holder = item.claimed_by && item.claimed_by.id !== me.value?.id ? item.claimed_by : null;
	useEffect(() => {
		if (isOpen) row.current?.scrollIntoView({ block: 'nearest' });
	}, [isOpen]);
	return (
		<li ref={row} class={isOpen ? 'queue-row open' : 'queue-row'}>
			{canChoose(item) ? (
				<label class="choose">
					<input type="checkbox" checked={chosen.value.has(item.item)} onChange={() => choose(item)} />
					<span class="sr">{d('queue.choose', { name: subject(item) })}</span>
				</label>
			) : (
				<span class="choose" />
			)}
			<button type="button" class="queue-open" aria-current={isOpen ? 'true' : undefined} onClick={() => openItem(item.item)}>
				<span class="queue-head">
					<KindBadge item={item} />
					<bdi class="name">{subject(item)}</bdi>
					{item.alert && <LevelBadge level={item.alert.level} small />}
					<Left until={item.until} />
				</span>
				<span class={covered ? 'gist covered' : 'gist'} dir="auto" lang={item.post?.lang}>
					{covered ? d('covered') : gist(item).slice(0, 200)}
				</span>
				<span class="queue-foot">
					{isMany && <bdi>{desk?.title()}</bdi>}
					<Ago at={item.opened} />
					{!!item.reports?.length && <span>{d('reports.count', { n: item.reports.length })}</span>}
					{holder && (
						<span class="holder">
							<Icon name="eye" />
							{d('claimed.by', { name: holder.name })}
						</span>
					)}
				</span>
			</button>
		</li>
	);
}

export function Queue() {
	const items = queue.value;
	const all = waiting.value;
	const [rows, setRows] = useState(ROWS);
	const pane = paneNow();
	const open = pane?.kind === 'item' ? pane.item : null;
	const picked = chosenItems();
	const hasMore = desks.value.some((desk) => desk.hasMore.value);
	const counts = new Map<string, number>();
	for (const item of all) if (circleFilter.value === 'all' || item.circle === circleFilter.value) counts.set(item.kind, (counts.get(item.kind) ?? 0) + 1);
	const at = open ? items.findIndex((item) => item.item === open) : -1;
	const shownRows = Math.max(rows, at >= 0 ? at + 10 : 0);
	return (
		<section class="queue" aria-labelledby="queue-title">
			<header class="col-head">
				<h2 id="queue-title" tabIndex={-1}>
					{d('queue')}
				</h2>
				<span class="muted" role="status">
					{d('queue.count', { n: items.length })}
					{hasMore && '+'}
				</span>
			</header>
			<div class="filters">
				<div class="chips" role="group" aria-label={d('filter.kind')}>
					{KINDS.filter((kind) => kind === 'all' || counts.get(kind) || kindFilter.value === kind).map((kind) => (
						<button type="button" class="chip" aria-pressed={kindFilter.value === kind} onClick={() => (kindFilter.value = kind)}>
							{d(kind === 'all' ? 'filter.all' : `kinds.${kind}`)}
							{kind !== 'all' && <span class="n">{number(counts.get(kind) ?? 0)}</span>}
						</button>
					))}
				</div>
				{desks.value.length > 1 && (
					<label class="field-inline">
						<span class="sr">{d('filter.circle')}</span>
						<select
							class="field"
							value={circleFilter.value}
							onChange={(event) => (circleFilter.value = event.currentTarget.value)}
						>
							<option value="all">{d('filter.allCircles')}</option>
							{desks.value.map((desk) => (
								<option value={desk.id}>{desk.title()}</option>
							))}
						</select>
					</label>
				)}
			</div>
			{picked.length > 0 && (
				<div class="bulk-bar" role="group" aria-label={d('bulk')}>
					<span role="status">{d('bulk.chosen', { n: picked.length })}</span>
					<ActButton icon="check" onClick={() => (bulk.value = 'release')}>
						{d('release')}
					</ActButton>
					{picked.every((item) => item.kind !== 'report') && (
						<ActButton icon="close" kind="grave" onClick={() => (bulk.value = 'reject')}>
							{d('reject')}
						</ActButton>
					)}
					<ActButton icon="undo" kind="plain" onClick={() => (chosen.value = new Set())}>
						{d('bulk.none')}
					</ActButton>
				</div>
			)}
			<div class="scrolls">
				{items.length === 0 ? (
					<div class="empty">
						<Icon name={isLooking.value && !desks.value.length ? 'clock' : 'check'} />
						<p>
							{isLooking.value && !desks.value.length
								? d('queue.reading')
								: all.length
									? d('queue.emptyFilter')
									: desks.value.length
										? d('queue.empty')
										: d('desk.none')}
						</p>
					</div>
				) : (
					<ol class="plain-list queue-list">
						{items.slice(0, shownRows).map((item) => (
							<Row key={item.item} item={item} isOpen={item.item === open} />
						))}
					</ol>
				)}
				{items.length > shownRows && (
					<button type="button" class="quiet centred" onClick={() => setRows(shownRows + ROWS)}>
						{d('queue.more', { n: items.length - shownRows })}
					</button>
				)}
			</div>
			{bulk.value && picked.length > 0 && <BulkDialog what={bulk.value} items={picked} onClose={() => (bulk.value = null)} />}
		</section>
	);
}
