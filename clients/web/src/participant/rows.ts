// rows.ts: what stands in a list of posts, one row after the other: days, the line of the unread, posts,
// and after them what is still on its way.
import type { Signal } from '@preact/signals';
import type { Post } from '../connection/posts';
import type { Row } from '../parts/window';
import type { Placed, TeamNotice } from './circle';
import type { HeldPost, Letter } from './outbox';

export type StreamRow = Row &
	(
		| { kind: 'day'; at: string }
		| { kind: 'line' }
		| { kind: 'post'; post: Signal<Post>; follows: boolean }
		| { kind: 'letter'; letter: Letter }
		| { kind: 'held'; held: HeldPost }
		| { kind: 'notice'; notice: TeamNotice }
	);

const TOGETHER_MS = 5 * 60000;

export function streamRows(list: Placed[], lineAfter: number, self: string, notices: TeamNotice[] = []): StreamRow[] {
	const rows: StreamRow[] = [];
	const from = list[0]?.post.peek().seq ?? 0;
	const due = notices.filter((notice) => notice.seq >= from);
	let before: Post | undefined;
	let yesterday = '';
	let isLined = lineAfter <= 0;
	for (const { post } of list) {
		const now = post.peek();
		for (let next = due[0]; next && next.seq < now.seq; next = due[0]) {
			rows.push({ key: 'notice' + next.seq, kind: 'notice', notice: next });
			due.shift();
			before = undefined;
		}
		const today = dayOf(now.at);
		const isNewDay = today !== yesterday;
		if (isNewDay) rows.push({ key: 'day' + today + now.seq, kind: 'day', at: now.at });
		yesterday = today;
		let isLine = false;
		if (!isLined && now.seq > lineAfter && now.author.id !== self) {
			isLined = isLine = true;
			if (before) rows.push({ key: 'line', kind: 'line' });
		}
		const follows =
			!isNewDay &&
			!isLine &&
			!!before &&
			before.author.id === now.author.id &&
			!!now.author.id &&
			now.thread === now.id &&
			Date.parse(now.at) - Date.parse(before.at) < TOGETHER_MS;
		rows.push({ key: now.id, kind: 'post', post, follows });
		before = now;
	}
	for (const notice of due) rows.push({ key: 'notice' + notice.seq, kind: 'notice', notice });
	return rows;
}

export function rowsToCome(letters: Letter[], held: HeldPost[]): StreamRow[] {
	return [
		...held.map((one): StreamRow => ({ key: 'held' + one.id, kind: 'held', held: one })),
		...letters.map((letter): StreamRow => ({ key: 'out' + letter.key, kind: 'letter', letter })),
	];
}

const days = new Map<string, string>();

/** Asked for every post at every change: remembered by ten minutes, within which no day begins. */
function dayOf(at: string): string {
	const span = at.slice(0, 15);
	let found = days.get(span);
	if (found === undefined) {
		if (days.size > 5000) days.clear();
		found = new Date(at).toDateString();
		days.set(span, found);
	}
	return found;
}
