// desk.ts: everything that one moderates, circle by circle: the queue, the picture, who is on watch. One
// journal a circle; what waits is read when the line is up, and kept true by events from then on.
import { batch, computed, effect, signal } from '@preact/signals';
import { Lost, pause, Refused } from '../connection/connection';
import { Journal } from '../connection/journal';
import { newKey } from '../connection/memory';
import type { JournalEvent } from '../connection/protocol';
import { circleSummary, connection, enterCircle, forDesk, isModerator, lang, me, notice, processes } from './participant';
import { Decisions, type Decision, type Undo } from './decisions';
import { sound } from './prefs';
import { d, named } from './texts';
import type {
	Alert, By, CircleState, DeskJoined, Item, ItemRead, Note, Person, Picture, Preset, Watcher,
} from './wire';

const QUEUE_PAGES = 12;
const NOTES_MOST = 200;
const SERIES_MS = 60 * 60000;

/** Ticks while the desk is open; clocks look at it. */
export const now = signal(Date.now());

/** The desk of one circle. */
export class Desk {
	readonly journal: Journal;
	readonly items = new Map<string, Item>();
	readonly picture = signal<Picture | null>(null);
	readonly watch = signal<Watcher[]>([]);
	readonly notes = signal<Note[]>([]);
	readonly handover = signal<{ by: string; text: string; at: string } | null>(null);
	presets: Preset[] = [];
	templates: { id: string; text: string }[] = [];
	rules: { id: string; text: string }[] = [];
	readonly chain = signal<{ seq: number; hash: string } | null>(null);
	readonly readHard = signal(0);
	/** A kind word of the server, when they were many. */
	readonly hint = signal<string | null>(null);
	readonly hasMore = signal(false);
	private readingQueue = false;
	private again = false;

	constructor(readonly id: string) {
		this.journal = new Journal(connection, {
			method: 'desk.join',
			params: { circle: id },
			tail: () => NOTES_MOST,
			apply: (events, isLive) => batch(() => events.forEach((event) => this.apply(event, isLive))),
			joined: (answer) => this.joined(answer as DeskJoined),
			lost: () => {
				this.items.clear();
				this.notes.value = [];
				changed();
			},
			refused: () => {
				// Not one's own desk: a moderator of one circle need not be one of another.
				this.items.clear();
				desks.value = desks.peek().filter((desk) => desk !== this);
				changed();
			},
		});
	}

	title(): string {
		return circleSummary(this.id)?.title ?? this.id;
	}

	/** Pace, door, crisis, frozen threads, as the circle itself tells them. */
	state(): CircleState | null {
		return enterCircle(this.id).info.value as CircleState | null;
	}

	private joined(answer: DeskJoined): void {
		batch(() => {
			this.presets = answer.presets ?? this.presets;
			this.templates = answer.templates ?? this.templates;
			this.rules = answer.rules ?? this.rules;
			if (answer.on_watch) this.watch.value = answer.on_watch;
			if (answer.read_hard !== undefined) this.readHard.value = answer.read_hard;
			this.hint.value = answer.hint ?? null;
			if (answer.chain) this.chain.value = answer.chain;
			if (answer.handover) this.handover.value = { by: byName(answer.handover.by), text: answer.handover.text, at: answer.handover.at };
			for (const one of answer.on_watch ?? []) names.set(one.id, one.name);
		});
		if (!desks.peek().includes(this)) desks.value = [...desks.peek(), this];
		if (answer.more) return;
		enterCircle(this.id);
		void this.readQueue();
		void this.readPicture();
	}

	/* ---- the queue ---- */

	async readQueue(): Promise<void> {
		if (this.readingQueue) {
			this.again = true;
			return;
		}
		this.readingQueue = true;
		const before = new Set(this.items.keys());
		try {
			let after: string | undefined;
			let more = true;
			for (let pages = 0; more && pages < QUEUE_PAGES; pages++) {
				const page: { items: Item[]; more: boolean } = await connection.ask('desk.queue', {
					circle: this.id,
					...(after ? { after } : {}),
				});
				for (const item of page.items) {
					before.delete(item.item);
					this.add(item);
				}
				after = page.items[page.items.length - 1]?.item;
				more = page.more && !!after;
			}
			this.hasMore.value = more;
			// What was there and is not any more was decided while the line was away.
			if (!more) for (const gone of before) this.items.delete(gone);
			changed();
		} catch (error) {
			if (error instanceof Refused) notice.value = error.message;
			else if (!(error instanceof Lost)) throw error;
		} finally {
			this.readingQueue = false;
			if (this.again) {
				this.again = false;
				void this.readQueue();
			}
		}
	}

	private add(item: Item): void {
		// An alert that somebody has taken goes on, but not in the queue.
		if (ended.has(item.item) || item.alert?.acknowledged_by) return;
		if (item.claimed_by) names.set(item.claimed_by.id, item.claimed_by.name);
		this.items.set(item.item, { ...item, circle: this.id });
		changed();
	}

	/** What an event does not tell whole. */
	private async fetch(id: string): Promise<void> {
		try {
			const read = await connection.ask<ItemRead>('desk.item', { item: id });
			this.add(read.item);
		} catch (error) {
			if (error instanceof Refused && error.name === 'not_found') return;
			void this.readQueue();
		}
	}

	private end(id: string, event: JournalEvent): void {
		ended.set(id, { by: event['by'] as By | string | undefined, kind: event.kind });
		if (this.items.delete(id)) changed();
		// The queue was longer than what was read: the rest moves up.
		if (this.hasMore.peek() && this.items.size < 60) void this.readQueue();
	}

	private apply(event: JournalEvent, isLive: boolean): void {
		const id = event['item'] as string | undefined;
		const by = event['by'] as By | string | undefined;
		if (by && typeof by === 'object') names.set(by.id, by.name);
		switch (event.kind) {
			case 'note_added':
				this.notes.value = [...this.notes.peek(), { ...(event as unknown as Note), at: event.at }].slice(-NOTES_MOST);
				if (isLive && !event['about'] && byName(by) !== me.peek()?.name) newLines.value++;
				return;
			case 'watch_begun':
				if (by && typeof by === 'object' && isLive)
					this.watch.value = [...this.watch.peek().filter((one) => one.id !== by.id), { ...by, since: event.at }];
				return;
			case 'watch_ended':
				if (event['handover'])
					this.handover.value = { by: byName(by), text: String(event['handover']), at: event.at };
				if (by && typeof by === 'object' && isLive) this.watch.value = this.watch.peek().filter((one) => one.id !== by.id);
				return;
		}
		if (isLive) this.live(event, id, by);
	}

	private live(event: JournalEvent, id: string | undefined, by: By | string | undefined): void {
		const item = id ? this.items.get(id) : undefined;
		switch (event.kind) {
			case 'held':
				if (id) {
					if (event['what'] === 'edit' || !event.post) void this.fetch(id);
					else this.add(heldItem(event, id));
				}
				break;
			case 'reported':
			case 'appeal_opened':
				if (id) void this.fetch(id);
				break;
			case 'alert_raised':
				if (id) {
					// Worse than before: it calls again.
					ended.delete(id);
					this.add(alertItem(event, id));
					sound();
					alarmed.value = id;
				}
				break;
			case 'alert_passed_on':
				if (item?.alert) {
					this.add({ ...item, alert: { ...item.alert, for: (event['to'] as unknown as By | null) ?? null } });
					void this.fetch(id!);
					const to = event['to'] as unknown as By | null;
					if (to && to.id === me.peek()?.id) {
						sound();
						alarmed.value = id!;
					}
				}
				break;
			case 'alert_expired':
				// Nobody came in time: it goes on waiting, and a brake may have engaged.
				if (item) this.add({ ...item, until: null, ...(item.alert ? { alert: { ...item.alert, until: null, for: null } } : {}) });
				if (event['brake']) tell(d('told.brake', { circle: this.title() }));
				break;
			case 'claimed':
				if (item) this.add({ ...item, claimed_by: by && typeof by === 'object' ? by : { id: String(by), name: names.get(String(by)) ?? d('colleague') } });
				break;
			case 'unclaimed':
				if (item) this.add({ ...item, claimed_by: null });
				break;
			case 'removed':
			case 'redacted':
				for (const other of this.items.values())
					if (other.kind === 'report' && other.post && other.post.id === event.post?.id) this.end(other.item, event);
				if (id) this.end(id, event);
				break;
			case 'released':
			case 'rejected':
			case 'held_withdrawn':
			case 'alert_acknowledged':
			case 'alert_over':
			case 'appeal_decided':
			case 'report_closed':
				if (id) this.end(id, event);
				break;
		}
	}

	/* ---- the picture ---- */

	async readPicture(): Promise<void> {
		try {
			const picture = await connection.ask<Picture>('desk.picture', { circle: this.id });
			this.picture.value = { ...picture, series: picture.series ?? [] };
			if (picture.on_watch) this.watch.value = picture.on_watch;
		} catch (error) {
			if (!(error instanceof Refused) && !(error instanceof Lost)) throw error;
		}
	}

	/** The same without the curves: the newest point is added to those that are here. */
	takePicture(fresh: Picture): void {
		const before = this.picture.peek();
		const since = Date.now() - SERIES_MS;
		const recent = <P extends { at: string }>(series: P[] | undefined, point: P): P[] => {
			const kept = (series ?? []).filter((one) => Date.parse(one.at) > since && one.at < point.at);
			return [...kept, point];
		};
		const at = fresh.at ?? new Date().toISOString();
		const heat = fresh.threads?.reduce((most, thread) => Math.max(most, thread.escalation), 0) ?? 0;
		const known = new Map(before?.threads.map((thread) => [thread.thread, thread]));
		this.picture.value = {
			...before,
			...fresh,
			series: recent(before?.series, { at, crisis: fresh.crisis, heat, rate: fresh.rate }),
			threads: (fresh.threads ?? []).map((thread) => ({
				...thread,
				series: recent(known.get(thread.thread)?.series, { at, escalation: thread.escalation }),
			})),
		};
		if (fresh.on_watch) this.watch.value = fresh.on_watch;
	}
}

function heldItem(event: JournalEvent, id: string): Item {
	return {
		item: id,
		kind: 'held',
		cause: String(event['cause'] ?? 'filter'),
		opened: event.at,
		until: event.held?.until ?? null,
		then: event.held?.then ?? '',
		verdict: event['verdict'] as Item['verdict'],
		post: event.post!,
		circle: '',
	} as Item;
}

function alertItem(event: JournalEvent, id: string): Item {
	const alert = event as unknown as Alert;
	return {
		item: id,
		kind: 'alert',
		cause: alert.about,
		opened: event.at,
		until: alert.until ?? null,
		then: '',
		alert,
		circle: '',
	};
}

/* ---- all desks together ---- */

export const desks = signal<Desk[]>([]);
export const isLooking = signal(true);
/** Set when an alert comes: read out at once. */
export const alarmed = signal<string | null>(null);
export const newLines = signal(0);
const version = signal(0);
const names = new Map<string, string>();
/** How what is gone was decided: for whoever comes second. */
const ended = new Map<string, { by: By | string | undefined; kind: string }>();

let isPlanned = false;
/** In a flood the list is put in order a few times a second, not for every event. */
function changed(): void {
	if (isPlanned) return;
	isPlanned = true;
	setTimeout(() => {
		isPlanned = false;
		version.value++;
	}, 60);
}

export function byName(by: By | string | undefined | null): string {
	if (!by) return d('colleague');
	if (typeof by === 'object') return by.id === me.peek()?.id ? d('you') : by.name || (names.get(by.id) ?? d('colleague'));
	if (by === 'machine') return d('machine');
	if (by === me.peek()?.id) return d('you');
	return names.get(by) ?? d('colleague');
}

export function deskOf(circle: string): Desk | undefined {
	return desks.value.find((desk) => desk.id === circle);
}

export type KindFilter = 'all' | Item['kind'];
export const kindFilter = signal<KindFilter>('all');
export const circleFilter = signal<string>('all');
export const chosen = signal<ReadonlySet<string>>(new Set());

/** When it will be too late, or nearly: what people reported has no clock, and shall not wait for ever. */
function dueOf(item: Item): number {
	return item.until ? Date.parse(item.until) : Date.parse(item.opened) + 3600000;
}

export const waiting = computed<Item[]>(() => {
	void version.value;
	const leaving = new Set(decisions.list.value.flatMap((one) => one.items));
	const all: Item[] = [];
	for (const desk of desks.value) for (const item of desk.items.values()) if (!leaving.has(item.item)) all.push(item);
	const rank = (item: Item) => (item.kind === 'alert' ? 0 : 1);
	return all.sort((a, b) => rank(a) - rank(b) || dueOf(a) - dueOf(b) || a.opened.localeCompare(b.opened));
});

export const queue = computed<Item[]>(() =>
	waiting.value.filter(
		(item) =>
			(kindFilter.value === 'all' || item.kind === kindFilter.value) &&
			(circleFilter.value === 'all' || item.circle === circleFilter.value),
	),
);

export function findItem(id: string | undefined): Item | undefined {
	void version.value;
	if (!id) return undefined;
	for (const desk of desks.value) {
		const item = desk.items.get(id);
		if (item) return item;
	}
	return undefined;
}

/** How somebody else settled it, if it is gone. */
export function endOf(id: string): string | null {
	void version.value;
	const end = ended.get(id);
	if (!end) return null;
	return d('ended.by', { name: byName(end.by), what: named('ended', end.kind) });
}

/* ---- deciding ---- */

export interface Toast {
	text: string;
	n: number;
	undo?: { circle: string; undo: Undo };
}
export const toast = signal<Toast | null>(null);
let toasts = 0;

export function tell(text: string, undo?: { circle: string; undo: Undo }): void {
	const n = ++toasts;
	toast.value = { text, n, ...(undo ? { undo } : {}) };
	// Long enough to read and to reach it; what can be undone stays longer (WCAG 2.2.1).
	setTimeout(() => {
		if (toast.peek()?.n === n) toast.value = null;
	}, undo ? 20000 : 7000);
}

export const decisions = new Decisions(connection, () => me.peek()?.id ?? '', {
	onDone(decision, result) {
		for (const item of decision.items) {
			for (const desk of desks.peek()) if (desk.items.delete(item)) changed();
			if (!ended.has(item)) ended.set(item, { by: me.peek()?.id, kind: 'decided' });
		}
		const failed = (result['results'] as { item: string; error?: { message?: string; name?: string } | string }[] | undefined)?.filter(
			(one) => one.error,
		);
		const undo = decision.undo && { circle: decision.circle, undo: fillUndo(decision.undo, result) };
		if (failed?.length) tell(d('bulk.some', { n: failed.length }));
		else tell(decision.told, undo);
		if (decision.method.startsWith('desk.crisis') || decision.method === 'desk.picture') void deskOf(decision.circle)?.readPicture();
	},
	onStale(decision, refused) {
		void tellStale(decision, refused);
	},
	onRefused(decision, refused) {
		notice.value = refused.message;
		void deskOf(decision.circle)?.readQueue();
	},
});

/** Who was first is known from the journal, which may be a moment behind after a broken line. */
async function tellStale(decision: Decision, refused: Refused): Promise<void> {
	const first = decision.items[0];
	for (let tries = 0; first && tries < 15 && !endOf(first); tries++) await pause(200);
	const how = first ? endOf(first) : null;
	tell(how ? d('stale.by', { how }) : refused.message);
	// Another revision of the post, or decided: either way what stands is read again.
	if (!how) void deskOf(decision.circle)?.readQueue();
}

/** What an undo needs may come with the answer: the new revision, the sanction's id. */
function fillUndo(undo: Undo, result: Record<string, unknown>): Undo {
	const params = { ...undo.params };
	for (const name of ['rev', 'sanction', 'decision'] as const)
		if (params[name] === null && result[name] !== undefined) params[name] = result[name];
	return { ...undo, params };
}

export function decide(one: Omit<Decision, 'key' | 'at' | 'state'>): void {
	decisions.put(one);
	if (one.items.some((item) => chosen.peek().has(item))) {
		const left = new Set(chosen.peek());
		for (const item of one.items) left.delete(item);
		chosen.value = left;
	}
}

export function undoLast(): void {
	const last = toast.peek()?.undo;
	if (!last) return;
	toast.value = null;
	decisions.put({
		method: last.undo.method,
		params: last.undo.params,
		circle: last.circle,
		items: [],
		told: last.undo.told,
	});
}

/* ---- claims ---- */

export async function claim(item: string): Promise<void> {
	try {
		await connection.call('desk.claim', { item, key: newKey() });
	} catch (error) {
		if (!(error instanceof Refused) && !(error instanceof Lost)) throw error;
	}
}

export async function unclaim(item: string): Promise<void> {
	try {
		await connection.call('desk.unclaim', { item, key: newKey() });
	} catch (error) {
		if (!(error instanceof Refused) && !(error instanceof Lost)) throw error;
	}
}

/* ---- reading more ---- */

const readHard = new Set<string>();

/** As the server counts: each hard item once. */
export function countHard(item: Item): void {
	const desk = desks.peek().find((one) => one.id === item.circle);
	if (!desk || readHard.has(item.item)) return;
	readHard.add(item.item);
	desk.readHard.value++;
}

export async function readItem(item: Item): Promise<ItemRead> {
	return connection.ask<ItemRead>('desk.item', { item: item.item });
}

/** Somebody's name with what tells two of one name apart. */
export function personName(person: Person | undefined | null): string {
	if (!person) return '';
	return person.tag ? `${person.name} #${person.tag}` : person.name;
}

/* ---- the line ---- */

let lastSelf = '';

function follow(): void {
	const self = me.peek()?.id ?? '';
	// Somebody else on this device: what the one before decided is theirs to send.
	if (lastSelf && lastSelf !== self) decisions.forget();
	lastSelf = self;
	decisions.recall();
	const known = new Map(all.map((desk) => [desk.id, desk]));
	for (const circle of processes.peek().flatMap((one) => one.circles)) {
		if (circle.phase === 'planned') continue;
		let desk = known.get(circle.id);
		if (!desk) {
			desk = new Desk(circle.id);
			all.push(desk);
		}
		void desk.journal.follow();
	}
	void decisions.flush();
	setTimeout(() => (isLooking.value = false), 1500);
}

const all: Desk[] = [];

forDesk.onOpened = follow;
forDesk.onEvent = (circle, event) => all.find((desk) => desk.id === circle)?.journal.take(event);
forDesk.onNotice = (method, params) => {
	if (method !== 'picture') return;
	const picture = params as unknown as Picture;
	desks.peek().find((desk) => desk.id === picture.circle)?.takePicture(picture);
};

let isBegun = false;
export function beginDesk(): void {
	if (isBegun) return;
	isBegun = true;
	setInterval(() => (now.value = Date.now()), 1000);
	if (connection.phase.peek() === 'online' && isModerator.peek()) follow();
	// Templates and presets come in the reader's language.
	let before = lang.peek();
	effect(() => {
		if (lang.value === before) return;
		before = lang.value;
		setTimeout(() => desks.peek().forEach((desk) => void desk.journal.follow()), 400);
	});
}
