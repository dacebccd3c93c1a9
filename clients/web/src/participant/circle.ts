// circle.ts: one circle as this person sees it: its posts, in order, and what has not been read yet.
import { batch, signal, type Signal } from '@preact/signals';
import { Connection, Lost, Refused } from '../connection/connection';
import { Journal } from '../connection/journal';
import { insertBySeq, Posts, type Post } from '../connection/posts';
import type { CircleInfo, JournalEvent, Page } from '../connection/protocol';

export interface Placed {
	seq: number;
	post: Signal<Post>;
}

const TAIL_LEAST = 50;
const TAIL_MOST = 300;
const PAGE = 100;

/** Posts that follow each other without a gap: of the whole circle, or of one thread. */
export class Strand {
	readonly list: Placed[] = [];
	readonly version = signal(0);
	readonly hasOlder = signal(false);
	readonly hasNewer = signal(false);
	readonly isLoading = signal(false);
	readonly trouble = signal<string | null>(null);
	private from = 0;
	private to = 0;

	constructor(
		readonly circle: Circle,
		readonly thread: string | null,
	) {}

	add(event: JournalEvent): boolean {
		const told = event.post;
		if (event.kind !== 'posted' || !told) return false;
		if (this.thread && told.thread !== this.thread) return false;
		const post = this.circle.posts.get(told.id);
		return post ? insertBySeq(this.list, { seq: event.seq, post }) : false;
	}

	begin(from: number): void {
		this.from = from;
		this.hasOlder.value = from > 1;
	}

	/** The page about `seq`, or the newest. */
	async load(seq?: number): Promise<void> {
		await this.read(seq ? { before: seq + 1 } : {}, 'older');
		if (!seq || this.trouble.value) return;
		this.to = seq;
		await this.read({ after: seq }, 'newer');
	}

	loadOlder(): Promise<void> {
		if (!this.hasOlder.value) return Promise.resolve();
		return this.read({ before: this.from }, 'older');
	}

	loadNewer(): Promise<void> {
		if (!this.hasNewer.value) return Promise.resolve();
		return this.read({ after: this.to }, 'newer');
	}

	clear(): void {
		this.list.length = 0;
		this.hasOlder.value = false;
		this.version.value++;
	}

	private async read(bounds: Record<string, number>, side: 'older' | 'newer'): Promise<void> {
		if (this.isLoading.value) return;
		this.isLoading.value = true;
		try {
			const page = await this.circle.connection.ask<Page>('history.read', {
				circle: this.circle.id,
				limit: PAGE,
				...(this.thread ? { thread: this.thread } : {}),
				...bounds,
			});
			batch(() => this.take(page, side));
		} catch (error) {
			if (error instanceof Refused) this.trouble.value = error.message;
			else if (!(error instanceof Lost)) throw error;
		} finally {
			this.isLoading.value = false;
		}
	}

	private take(page: Page, side: 'older' | 'newer'): void {
		for (const event of page.events) {
			this.circle.noteNotice(event);
			this.circle.posts.fold(event);
			this.add(event);
		}
		const first = page.events[0];
		const last = page.events[page.events.length - 1];
		if (side === 'older') {
			if (first) this.from = first.seq;
			this.hasOlder.value = page.more;
		} else {
			if (last) this.to = last.seq;
			this.hasNewer.value = page.more;
		}
		this.version.value++;
		this.circle.version.value++;
	}
}

/** What the moderating team said to everyone; it stands in the discussion where it was said. */
export interface TeamNotice {
	seq: number;
	at: string;
	text: string;
	texts?: Record<string, string>;
}

/** What changes the circle's own state, and not a post. */
const OF_THE_CIRCLE = new Set([
	'charter_changed', 'closed', 'crisis_begun', 'crisis_ended', 'crisis_stepped', 'door_changed', 'pace_changed', 'rules_pinned',
	'thread_frozen', 'thread_thawed',
]);

export interface Writer {
	id: string;
	name: string;
	until: number;
	thread: string | undefined;
}

export class Circle {
	readonly info = signal<CircleInfo | null>(null);
	readonly posts = new Posts();
	readonly main: Strand;
	readonly thread = signal<Strand | null>(null);
	readonly present = signal(0);
	readonly writers = signal<Writer[]>([]);
	readonly refused = signal<Refused | null>(null);
	readonly isReady = signal(false);
	/** Counts every change to the lists. */
	readonly version = signal(0);
	/** Read up to here when the circle was entered: where the line is drawn. */
	readonly lineAfter = signal(0);
	/** Seen up to here by now. */
	readonly seen = signal(0);
	/** Replies to each opener; whole wherever the opener itself is in the list. */
	readonly replies = new Map<string, number>();
	readonly notices = signal<TeamNotice[]>([]);
	readonly journal: Journal;
	private marked = 0;
	private markTimer = 0;

	constructor(
		readonly id: string,
		readonly connection: Connection,
		readUpTo: number,
		head: number,
		private readonly self: () => string,
		private readonly onPosted: (id: string) => void,
		private readonly onLive: (post: Post) => void,
	) {
		this.main = new Strand(this, null);
		this.lineAfter.value = this.seen.value = this.marked = readUpTo;
		this.journal = new Journal(connection, {
			method: 'circle.join',
			params: { circle: id },
			tail: () => Math.min(TAIL_MOST, Math.max(TAIL_LEAST, head - readUpTo + 20)),
			apply: (events, isLive) => batch(() => this.apply(events, isLive)),
			joined: (answer) => {
				if (answer.circle) this.info.value = answer.circle;
				this.refused.value = null;
				if (!answer.more) this.isReady.value = true;
			},
			lost: () => {
				this.posts.clear();
				this.main.clear();
				this.replies.clear();
				this.isReady.value = false;
			},
			refused: (refused) => {
				this.refused.value = refused;
			},
		});
	}

	take(event: JournalEvent): void {
		this.journal.take(event);
	}

	private apply(events: JournalEvent[], isLive: boolean): void {
		let isStale = false;
		if (!isLive && !this.main.list.length && events.length) this.main.begin(runBegins(events));
		const from = isLive ? 0 : this.main.list.length ? 0 : runBegins(events);
		for (const event of events) {
			this.noteNotice(event);
			this.posts.fold(event);
			// The roots that come along with a tail stand before it, with gaps between.
			if (event.seq >= from && this.main.add(event)) {
				const post = event.post!;
				this.count(post.thread, post.id);
				this.onPosted(post.id);
				this.forgetWriter(post.author.id);
				if (isLive) this.onLive(this.posts.get(post.id)!.peek());
			}
			const thread = this.thread.peek();
			if (thread && !thread.hasNewer.peek() && thread.add(event)) thread.version.value++;
			isStale ||= OF_THE_CIRCLE.has(event.kind);
		}
		this.main.version.value++;
		this.version.value++;
		// Pace, door, crisis, a frozen thread: the circle's own state is read anew, once.
		if (isLive && isStale) void this.journal.follow();
	}

	noteNotice(event: JournalEvent): void {
		if (event.kind !== 'notice_posted') return;
		const known = this.notices.peek();
		if (known.some((one) => one.seq === event.seq)) return;
		const texts = event['texts'] as Record<string, string> | undefined;
		const notice: TeamNotice = { seq: event.seq, at: event.at, text: String(event['text'] ?? ''), ...(texts ? { texts } : {}) };
		this.notices.value = [...known, notice].sort((a, b) => a.seq - b.seq);
	}

	private count(thread: string, post: string): void {
		if (thread !== post) this.replies.set(thread, (this.replies.get(thread) ?? 0) + 1);
	}

	async loadOlder(): Promise<void> {
		const before = this.main.list.length;
		await this.main.loadOlder();
		const added = this.main.list.length - before;
		for (const { post } of this.main.list.slice(0, added)) this.count(post.peek().thread, post.peek().id);
		if (added) this.version.value++;
	}

	/** Whether the letter has arrived, also when its answer was lost or has not come yet: it does not stand twice. */
	shows(letter: { id?: string; state: string; text: string; after?: number }): boolean {
		if (letter.id) return this.posts.get(letter.id) !== undefined;
		if (letter.after === undefined || (letter.state !== 'sending' && letter.state !== 'waiting')) return false;
		const list = this.main.list;
		for (let i = list.length - 1; i >= 0 && list[i]!.seq > letter.after; i--) {
			const post = list[i]!.post.peek();
			if (post.author.id === this.self() && post.text === letter.text) return true;
		}
		return false;
	}

	openThread(id: string, seq?: number): void {
		const open = this.thread.peek();
		if (open?.thread === id && (!seq || open.list.some((placed) => placed.seq === seq))) return;
		const strand = new Strand(this, id);
		this.thread.value = strand;
		void strand.load(seq);
	}

	closeThread(): void {
		this.thread.value = null;
	}

	/** How many posts of others came after what was seen. */
	unseen(): number {
		const list = this.main.list;
		const self = this.self();
		let count = 0;
		for (let i = list.length - 1; i >= 0 && list[i]!.seq > this.seen.value; i--)
			if (list[i]!.post.peek().author.id !== self) count++;
		return count;
	}

	/** Everything up to the end was before the reader's eyes. */
	see(): void {
		const seq = this.journal.seq;
		if (seq <= this.seen.peek()) return;
		this.seen.value = seq;
		clearTimeout(this.markTimer);
		this.markTimer = window.setTimeout(() => this.mark(), 1500);
	}

	mark(): void {
		const seq = this.seen.peek();
		if (seq <= this.marked) return;
		this.connection.call('circle.mark', { circle: this.id, seq }).then(
			() => (this.marked = Math.max(this.marked, seq)),
			() => undefined,
		);
	}

	/** From here on the line of the unread is drawn anew. */
	leave(): void {
		this.lineAfter.value = this.seen.peek();
		this.mark();
	}

	noteWriter(person: { id: string; name: string }, thread: string | undefined): void {
		if (person.id === this.self()) return;
		const others = this.writers.peek().filter((writer) => writer.id !== person.id && writer.until > Date.now());
		this.writers.value = [...others, { id: person.id, name: person.name, until: Date.now() + 6000, thread }];
		setTimeout(() => {
			this.writers.value = this.writers.peek().filter((writer) => writer.until > Date.now());
		}, 6100);
	}

	private forgetWriter(id: string): void {
		if (this.writers.peek().some((writer) => writer.id === id))
			this.writers.value = this.writers.peek().filter((writer) => writer.id !== id);
	}
}

/** Where the unbroken run at the end of these events begins. */
export function runBegins(events: JournalEvent[]): number {
	let at = events.length - 1;
	while (at > 0 && events[at - 1]!.seq === events[at]!.seq - 1) at--;
	return events[at]?.seq ?? 1;
}
