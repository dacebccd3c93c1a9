// app.ts: the participant's page as a whole: who one is, where one is, what came in. One connection.
import { batch, computed, effect, signal } from '@preact/signals';
import { Connection, Lost, Refused } from '../connection/connection';
import { Journal } from '../connection/journal';
import { forget, forgetAll, recall, remember } from '../connection/memory';
import type {
	CharterRead,
	CircleSummary,
	Contribution,
	JournalEvent,
	Opened,
	Participant,
	ProcessSummary,
	WirePost,
} from '../connection/protocol';
import { lang, t, type Lang } from '../texts/texts';
import { Circle } from './circle';
import { Outbox, type HeldPost, type Letter } from './outbox';
import { go, invitation, where, whenInvited, type Where } from './where';

export const me = signal<Participant | null>(null);
export const processes = signal<ProcessSummary[]>([]);
export const textMost = signal(8000);
/** What the whole page has to say instead of itself. */
export const ending = signal<'revoked' | 'erased' | null>(null);
/** A sentence at the top, until it is put away. */
export const notice = signal<string | null>(null);
/** Heard by screen readers, seen for a moment. */
export const said = signal<{ text: string; n: number; isSeen: boolean }>({ text: '', n: 0, isSeen: false });
export const heldPosts = signal<HeldPost[]>([]);
export const inbox = signal<JournalEvent[]>([]);
export const inboxHasOlder = signal(false);
export const inboxSeen = signal(0);
export const charters = signal<Record<string, CharterRead>>({});
export const nudged = signal<Letter | null>(null);
export const reaccept = signal<string | null>(null);
/** An invitation came to a device of this moderator: whose is it? */
export const invitedAs = signal<string | null>(null);
/** A warning to read before one goes on writing. */
export const warned = signal<{ sanction: string; message?: string } | null>(null);
/** Words given back to the place where they are written. */
export const returned = signal<{ circle: string; text: string; thread?: string; reply_to?: string } | null>(null);
/** Until when one has to wait before speaking, by circle. */
export const waits = signal<Record<string, number>>({});
const accepted = signal<Record<string, number>>({});
const isNamed = signal(false);

/** Who may open the desk of some circle. */
export const isModerator = computed(() => me.value?.role === 'moderator' || me.value?.role === 'convenor');

/** What the desk, which comes in a script of its own, wants to hear. */
export const forDesk: {
	onEvent?(circle: string, event: JournalEvent): void;
	onNotice?(method: string, params: Record<string, unknown>): void;
	onOpened?(): void;
} = {};

const circles = new Map<string, Circle>();
const circlesChanged = signal(0);

let saying = 0;
/** `isSeen`: what the page shows anyway is only read out. */
export function say(text: string, isSeen = false): void {
	const n = ++saying;
	said.value = { text, n, isSeen };
	setTimeout(() => {
		if (said.peek().n === n) said.value = { text: '', n, isSeen };
	}, 6000);
}

/* ---- the line ---- */

/** Nobody was here before on this device. */
let isFresh = false;
let triesInvitation = takeInvitation();
/** The invitation is a further one of who is here already. */
let keepsMe = false;

/** False if this device used the invitation before: then it is that person again. */
function takeInvitation(): boolean {
	if (invitation === undefined) return false;
	const known = recall<Record<string, string>>('invited')?.[invitation];
	if (known) remember('resume', known);
	else if (recall<string>('moderates') && recall('resume')) {
		// A moderator may have several circles, and a device several people: that is asked.
		invitedAs.value = recall<string>('moderates')!;
		return false;
	}
	return !known;
}

/** Takes up the invitation as who one is, or as somebody new. */
export function takeUpInvitation(asMe: boolean): void {
	invitedAs.value = null;
	triesInvitation = true;
	keepsMe = asMe;
	connection.restart();
}

function opening(): Record<string, unknown> {
	const resume = recall<string>('resume');
	isFresh = !triesInvitation && !resume;
	if (triesInvitation) return { token: invitation, ...(keepsMe && resume ? { resume } : {}), lang: lang.peek() };
	if (resume) return { resume, lang: lang.peek() };
	return { lang: lang.peek() };
}

function refusedToOpen(refused: Refused): boolean {
	if (refused.name !== 'unauthorised') {
		notice.value = refused.message;
		return false;
	}
	if (triesInvitation) {
		// Whoever came before on this device is still in.
		triesInvitation = false;
		notice.value = refused.message;
		return true;
	}
	if (recall('resume')) {
		startAnew();
		notice.value = refused.message;
		return true;
	}
	notice.value = refused.message;
	return false;
}

function startAnew(): void {
	forget('resume');
	me.value = null;
	circles.clear();
	circlesChanged.value++;
	inbox.value = [];
	inboxJournal = newInbox();
	heldPosts.value = [];
}

function onOpened(opened: Opened): void {
	batch(() => {
		if (me.peek() && me.peek()!.id !== opened.participant.id) startAnew();
		remember('resume', opened.resume);
		if (triesInvitation) {
			remember('invited', { ...recall<Record<string, string>>('invited'), [invitation!]: opened.resume });
			triesInvitation = false;
			notice.value = null;
		}
		const id = opened.participant.id;
		me.value = opened.participant;
		if (opened.participant.role === 'moderator' || opened.participant.role === 'convenor') remember('moderates', opened.participant.name);
		else forget('moderates');
		processes.value = opened.processes;
		textMost.value = opened.limits.text_points ?? 8000;
		accepted.value = recall<Record<string, number>>('accepted.' + id) ?? {};
		isNamed.value = opened.participant.kind === 'member' || recall<boolean>('named.' + id) === true;
		inboxSeen.value = recall<number>('inbox.' + id) ?? opened.inbox_head;
		if (recall('inbox.' + id) === undefined) remember('inbox.' + id, opened.inbox_head);
	});
	if (!isFresh && !Object.keys(accepted.peek()).length) void readAccepted();
	for (const circle of circles.values()) {
		const summary = circleSummary(circle.id);
		void circle.journal.follow(summary?.head);
	}
	void inboxJournal.follow();
	void outbox.flush();
	void readHeld();
	forDesk.onOpened?.();
}

export const connection = new Connection({
	url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`,
	opening,
	onOpened,
	onRefused: refusedToOpen,
	onEvent(event) {
		const [kind, id] = split(event.journal);
		if (kind === 'circle') circles.get(id)?.take(event);
		else if (kind === 'inbox') inboxJournal.take(event);
		else if (kind === 'desk') forDesk.onEvent?.(id, event);
	},
	onNotice(method, params) {
		const circle = circles.get(String(params['circle']));
		if (method === 'presence' && circle) circle.present.value = Number(params['count']) || 0;
		if (method === 'typing' && circle)
			circle.noteWriter(params['participant'] as Participant, params['thread'] as string | undefined);
		forDesk.onNotice?.(method, params);
	},
	onRevoked() {
		forget('resume');
		ending.value = 'revoked';
	},
});

/** On a new device of somebody known: what was accepted before need not be asked again. */
async function readAccepted(): Promise<void> {
	const id = me.peek()!.id;
	try {
		const known = await connection.ask<{ charters_accepted?: { process: string; version: string | number }[] }>('me.export', {});
		if (me.peek()?.id !== id || !known.charters_accepted?.length) return;
		const versions: Record<string, number> = {};
		for (const one of known.charters_accepted) versions[one.process] = Number(one.version);
		batch(() => {
			accepted.value = { ...versions, ...accepted.peek() };
			remember('accepted.' + id, accepted.peek());
			remember('named.' + id, true);
			isNamed.value = true;
		});
	} catch {
		// Then it is asked once more.
	}
}

function split(journal: string): [string, string] {
	const at = journal.indexOf('/');
	return [journal.slice(0, at), journal.slice(at + 1)];
}

whenInvited(() => {
	triesInvitation = takeInvitation();
	connection.end();
	connection.start();
});

export function begin(): void {
	connection.start();
	addEventListener('pagehide', () => {
		for (const circle of circles.values()) circle.mark();
	});
}

/* ---- circles ---- */

export function circleSummary(id: string): CircleSummary | undefined {
	for (const process of processes.value) {
		const found = process.circles.find((circle) => circle.id === id);
		if (found) return found;
	}
	return undefined;
}

export function processOf(circle: string): ProcessSummary | undefined {
	return processes.value.find((process) => process.circles.some((one) => one.id === circle));
}

export function circleOf(id: string): Circle | undefined {
	void circlesChanged.value;
	return circles.get(id);
}

export function enterCircle(id: string): Circle {
	const known = circles.get(id);
	if (known) return known;
	const summary = circleSummary(id);
	const head = summary?.head ?? 0;
	const circle = new Circle(
		id,
		connection,
		head - (summary?.unread ?? head),
		head,
		() => me.peek()?.id ?? '',
		(post) => {
			outbox.arrived(post);
			if (heldPosts.peek().some((held) => held.id === post))
				heldPosts.value = heldPosts.peek().filter((held) => held.id !== post);
		},
		() => undefined,
	);
	circles.set(id, circle);
	circlesChanged.value++;
	if (connection.phase.peek() === 'online') void circle.journal.follow();
	return circle;
}

/** Titles in the chosen language, and what is unread meanwhile. */
export async function refreshProcesses(): Promise<void> {
	const fresh: ProcessSummary[] = [];
	for (const process of processes.peek()) {
		try {
			const circles: CircleSummary[] = [];
			for (let after: string | undefined, pages = 0; pages < 20; pages++) {
				const read = await connection.ask<{
					process: { title: string; charter_version: number };
					circles: CircleSummary[];
					more: boolean;
				}>('process.read', { process: process.id, ...(after ? { after } : {}) });
				circles.push(...read.circles);
				after = circles[circles.length - 1]?.id;
				if (read.more && after) continue;
				fresh.push({
					id: process.id,
					title: read.process.title,
					charter_version: read.process.charter_version,
					circles,
				});
				break;
			}
		} catch {
			fresh.push(process);
		}
	}
	processes.value = fresh;
}

/** A post that came by another path, as it stands by now: words that were taken away do not linger there. */
export function standing<P extends WirePost>(post: P): P {
	void circlesChanged.value;
	for (const circle of circles.values()) {
		const known = circle.posts.get(post.id)?.value;
		if (known && known.rev > post.rev) {
			const { text, ...rest } = { ...post, ...known };
			return (known.text === undefined ? rest : { ...rest, text }) as P;
		}
	}
	return post;
}

/** Where a post that the inbox tells of stands. */
export async function findCircle(event: JournalEvent): Promise<string | undefined> {
	const post = event.post;
	if (event.circle || !post) return event.circle;
	for (const circle of circles.values()) if (circle.posts.get(post.id) || circle.posts.get(post.thread)) return circle.id;
	for (const { id } of processes.peek().flatMap((one) => one.circles)) {
		try {
			await connection.ask('history.read', { circle: id, thread: post.thread, limit: 1 });
			return id;
		} catch {
			// It is not there: the next.
		}
	}
	return undefined;
}

/* ---- where ---- */

export const process = computed<ProcessSummary | undefined>(() => {
	const { circle, process: wanted } = where.value;
	if (circle) return processOf(circle);
	return processes.value.find((one) => one.id === wanted) ?? processes.value[0];
});

export function hasJoined(of: ProcessSummary | undefined): boolean {
	return !!of && isNamed.value && accepted.value[of.id] !== undefined;
}

export function hasName(): boolean {
	return isNamed.value;
}

/** `version`: as the circle tells it, which hears of a change at once. */
export function isCharterCurrent(of: ProcessSummary | undefined, version: number | undefined): boolean {
	return !!of && accepted.value[of.id] === Math.max(of.charter_version, version ?? 0);
}

/** What is on the page now. */
export const shown = computed<Where>(() => {
	const to = where.value;
	const of = process.value;
	const reads = recall<string>('reads') === of?.id;
	if (!me.value || to.view === 'welcome' || !of) return { ...to, view: 'welcome' };
	if (to.view === 'desk' && isModerator.value) return to;
	if (!hasJoined(of) && !reads && !readsOnly.value) return { ...to, view: 'welcome' };
	const circle = to.circle ?? recall<string>('last.' + of.id) ?? of.circles[0]?.id;
	const isKnown = of.circles.some((one) => one.id === circle);
	const chosen = isKnown ? circle : of.circles[0]?.id;
	return { ...to, view: !to.view || to.view === 'desk' ? 'stream' : to.view, ...(chosen ? { circle: chosen } : {}) };
});

const readsOnly = signal(false);

/** Reading a public circle asks for nothing. */
export function justRead(of: ProcessSummary): void {
	remember('reads', of.id);
	readsOnly.value = true;
}

export async function readCharter(id: string): Promise<void> {
	try {
		const charter = await connection.ask<CharterRead>('charter.read', { process: id });
		charters.value = { ...charters.peek(), [id]: charter };
	} catch (error) {
		if (error instanceof Refused) notice.value = error.message;
	}
}

/** What a rule says, by the id that a verdict names. */
export function ruleText(id: string | null | undefined): string | null {
	if (!id) return null;
	for (const charter of Object.values(charters.value)) {
		const rule = charter.rules?.find((one) => one.id === id);
		if (rule) return rule.text;
	}
	return null;
}

/** The one button: takes the name, accepts the charter, opens the door. Returns what stood in the way. */
export async function join(of: ProcessSummary, name: string | null): Promise<string | null> {
	const charter = charters.peek()[of.id];
	if (!charter) return t('offline.wait');
	try {
		if (name !== null) {
			const { participant } = await connection.call<{ participant: Participant }>('me.update', {
				name,
				lang: lang.peek(),
			});
			me.value = { ...me.peek()!, ...participant };
		}
		await accept(of.id, charter.version);
	} catch (error) {
		if (error instanceof Refused && error.name === 'stale') void readCharter(of.id);
		if (error instanceof Refused) return error.message;
		if (error instanceof Lost) return t('offline.wait');
		throw error;
	}
	remember('named.' + me.peek()!.id, true);
	isNamed.value = true;
	return null;
}

export async function accept(id: string, version: number): Promise<void> {
	await connection.call('charter.accept', { process: id, version });
	accepted.value = { ...accepted.peek(), [id]: version };
	remember('accepted.' + me.peek()!.id, accepted.peek());
	processes.value = processes
		.peek()
		.map((process) => (process.id === id ? { ...process, charter_version: version } : process));
	outbox.charterAccepted();
}

export async function speakLanguage(wish: Lang): Promise<void> {
	if (!me.peek()) return;
	try {
		await connection.ask('me.update', { lang: wish });
	} catch {
		return;
	}
	await refreshProcesses();
	for (const id of Object.keys(charters.peek())) void readCharter(id);
	for (const circle of circles.values()) void circle.journal.follow();
}

/* ---- what one sends ---- */

export const outbox = new Outbox(connection, {
	onPosted(letter) {
		say(t('said.posted'), true);
		const pace = circles.get(letter.circle)?.info.peek()?.pace ?? 0;
		if (pace > 0 && !isModerator.peek()) wait(letter.circle, pace * 1000);
	},
	onHeld(held) {
		heldPosts.value = [...heldPosts.peek().filter((other) => other.id !== held.id), held];
		say(t('said.held'), true);
	},
	onNudged(letter) {
		nudged.value = letter;
	},
	onRefused() {
		say(t('said.refused'), true);
	},
	onCharter(letter) {
		const of = processOf(letter.circle);
		if (of) reaccept.value = of.id;
	},
	onSanctioned(_letter, refused) {
		const { step, sanction } = refused.data as { step?: string; sanction?: string };
		if (step === 'warn' && sanction) warned.value = { sanction, message: refused.message };
		else say(refused.message);
	},
	onTooFast(letter, refused) {
		wait(letter.circle, refused.retryMs ?? 1000);
		say(refused.message, false);
		// What was written while the line was away waits for its turn; what was just written goes back.
		if (Date.now() - new Date(letter.at).getTime() > 15000) return false;
		returned.value = {
			circle: letter.circle,
			text: letter.text,
			...(letter.thread ? { thread: letter.thread } : {}),
			...(letter.reply_to ? { reply_to: letter.reply_to } : {}),
		};
		return true;
	},
	isShown: (circle, id) => circles.get(circle)?.posts.get(id) !== undefined,
});

function wait(circle: string, ms: number): void {
	waits.value = { ...waits.peek(), [circle]: Date.now() + ms };
}

export function giveBack(letter: { circle: string; text: string; thread?: string; reply_to?: string }): void {
	returned.value = {
		circle: letter.circle,
		text: letter.text,
		...(letter.thread ? { thread: letter.thread } : {}),
		...(letter.reply_to ? { reply_to: letter.reply_to } : {}),
	};
}

/** What still waits for a moderator, also from another device. */
async function readHeld(): Promise<void> {
	try {
		const page = await connection.ask<{ posts: Contribution[] }>('me.posts', { limit: 30 });
		const held: HeldPost[] = [];
		for (const one of page.posts) {
			if (one.state !== 'held' || !one.held) continue;
			held.push({
				id: one.id,
				circle: one.circle,
				thread: one.thread,
				...(one.reply_to ? { reply_to: one.reply_to } : {}),
				text: one.text ?? '',
				at: one.at,
				held: one.held,
				reasons: [],
			});
		}
		heldPosts.value = held.reverse();
	} catch {
		// The next connection reads it again.
	}
}

/* ---- the inbox ---- */

function newInbox(): Journal {
	return new Journal(connection, {
		method: 'inbox.join',
		params: {},
		tail: () => 50,
		apply(events, isLive) {
			const known = new Set(inbox.peek().map((event) => event.seq));
			const fresh = events.filter((event) => !known.has(event.seq));
			if (!fresh.length) return;
			const isFirst = !inbox.peek().length;
			inbox.value = [...inbox.peek(), ...fresh].sort((a, b) => a.seq - b.seq);
			if (isFirst && !isLive) inboxHasOlder.value = fresh[0]!.seq > 1;
			for (const event of fresh) if (isLive) heard(event);
		},
		lost: () => (inbox.value = []),
	});
}

let inboxJournal = newInbox();

function heard(event: JournalEvent): void {
	const id = event.post?.id;
	// Whoever looks at the inbox sees it come.
	const isSeen = shown.peek().view === 'inbox';
	if (event.kind === 'post_released') {
		heldPosts.value = heldPosts.peek().filter((held) => held.id !== id);
		say(t('said.released'));
	} else if (event.kind === 'post_rejected') {
		heldPosts.value = heldPosts.peek().filter((held) => held.id !== id);
		say(t('said.rejected'), isSeen);
	} else if (event.kind === 'replied') say(t('said.replied', { name: event.post?.author.name ?? '' }), isSeen);
	else if (event.kind === 'mentioned') say(t('said.mentioned', { name: event.post?.author.name ?? '' }), isSeen);
	else if (event.kind === 'sanctioned') {
		if (event['step'] === 'warn') warned.value = { sanction: String(event['sanction']) };
		else say(t('said.sanctioned'), isSeen);
		// Whoever is excluded sees it at once, not with the next thing they try.
		if (event['step'] === 'exclude') void circles.get(event.circle ?? '')?.journal.follow();
	} else if (event.kind === 'lifted') {
		say(t('said.lifted'), isSeen);
		void circles.get(event.circle ?? '')?.journal.follow();
	}
	if (event.kind === 'appeal_decided') say(t('said.appealDecided'), isSeen);
}

/** Why a post waits, as the inbox tells it: known also after a reload and on another device. */
export function whyHeld(post: string): Pick<JournalEvent, 'reasons' | 'held'> | undefined {
	return inbox.value.find((event) => event.kind === 'post_held' && event.post?.id === post);
}

/** A held post is one's own doing and no news. */
export const inboxUnread = computed(
	() => inbox.value.filter((event) => event.seq > inboxSeen.value && event.kind !== 'post_held').length,
);

export function seeInbox(): void {
	const last = inbox.peek()[inbox.peek().length - 1];
	if (!last || last.seq <= inboxSeen.peek()) return;
	inboxSeen.value = last.seq;
	remember('inbox.' + me.peek()!.id, last.seq);
}

/** As it stands now: posts of circles that one has not entered may have changed meanwhile. */
export async function refreshInbox(): Promise<void> {
	const known = inbox.peek();
	if (!known.length) return;
	try {
		const page = await connection.ask<{ events: JournalEvent[] }>('inbox.read', { limit: Math.min(500, known.length) });
		const fresh = new Map(page.events.map((event) => [event.seq, event]));
		inbox.value = inbox.peek().map((event) => fresh.get(event.seq) ?? event);
	} catch {
		// It is read again with the next visit.
	}
}

export async function loadOlderInbox(): Promise<void> {
	const first = inbox.peek()[0];
	if (!first) return;
	const page = await connection.ask<{ events: JournalEvent[]; more: boolean }>('inbox.read', {
		before: first.seq,
		limit: 100,
	});
	inbox.value = [...page.events, ...inbox.peek()];
	inboxHasOlder.value = page.more;
}

/* ---- leaving ---- */

export async function eraseMe(): Promise<void> {
	await connection.call('me.erase', {});
	ending.value = 'erased';
	connection.end();
	forgetAll();
}

export function signOut(): void {
	connection.end();
	forgetAll();
	location.hash = '';
	location.reload();
}

effect(() => {
	const { circle } = shown.value;
	const of = process.value;
	if (circle && of && where.value.circle === circle) remember('last.' + of.id, circle);
});

export function openCircle(id: string): void {
	go({ circle: id });
}
