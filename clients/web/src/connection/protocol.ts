// protocol.ts: the wire as docs/protocol.md has it, in types. No behaviour.

export type Access = 'closed' | 'public';
export type PostState = 'visible' | 'redacted' | 'removed' | 'retracted' | 'erased' | 'held' | 'rejected';

export interface Author {
	id: string;
	name: string;
	kind: 'guest' | 'member' | 'erased';
	tag?: string;
	role: string;
	organisation?: string;
}

export interface WirePost {
	id: string;
	thread: string;
	reply_to: string | null;
	seq?: number;
	rev: number;
	state: PostState;
	author: Author;
	lang: string;
	text?: string;
}

export interface Held {
	until: string;
	then: 'published' | 'returned' | 'stays';
	cause?: string;
	/** Why it waits and until when, as a sentence. */
	message?: string;
}

export interface Statement {
	decision?: string;
	restriction?: string | null;
	scope?: string | null;
	until?: string | null;
	facts?: string;
	rule?: string | null;
	detection?: string;
	automation?: string;
	appeal_until?: string | null;
}

export interface Reason {
	rule: string;
	symbol: string;
	explanation: string;
	start: number;
	end: number;
}

/** What every journal is made of. Unknown kinds advance `seq` and are otherwise ignored. */
export interface JournalEvent {
	journal: string;
	seq: number;
	at: string;
	kind: string;
	post?: WirePost;
	by?: string;
	circle?: string;
	to?: string;
	decision?: string;
	statement?: Statement;
	reasons?: Reason[];
	reason?: string;
	message?: string;
	outcome?: string;
	held?: Held;
	[member: string]: unknown;
}

export interface CircleSummary {
	id: string;
	title: string;
	access: Access;
	phase: string;
	head: number;
	unread: number;
}

export interface CircleInfo {
	id: string;
	title: string;
	access: Access;
	phase: string;
	pace: number;
	door: string;
	pace_until?: string | null;
	crisis?: { preset?: string; since?: string; until?: string | null; reason?: string; pace?: number; door?: string } | null;
	frozen: string[];
	pinned: { rules?: string[]; text?: string } | null;
	charter_version: number;
	process: string;
}

export interface ProcessSummary {
	id: string;
	title: string;
	charter_version: number;
	circles: CircleSummary[];
}

export interface Participant {
	id: string;
	name: string;
	kind: 'guest' | 'member';
	role: string;
	lang: string;
	tag?: string;
}

export interface Opened {
	participant: Participant;
	resume: string;
	device?: string;
	inbox_head: number;
	limits: { text_points?: number; [name: string]: number | undefined };
	server: { name: string; version: string };
	processes: ProcessSummary[];
}

export interface Charter {
	goals?: string;
	how_it_works?: string;
	use_of_information?: string;
	decision_path?: string;
	ends?: string;
	product?: string;
	promises?: { id: string; text: string }[];
	[member: string]: unknown;
}

export interface CharterRead {
	charter: Charter;
	rules: { id: string; text: string }[];
	version: number;
}

export interface Page {
	events: JournalEvent[];
	more: boolean;
}

export interface Joined extends Page {
	circle?: CircleInfo;
	head: number;
	epoch: string;
}

export interface Judged {
	status: 'posted' | 'held' | 'nudged' | 'rejected';
	id?: string;
	seq?: number;
	rev?: number;
	reasons: Reason[];
	nudge?: string;
	held?: Held;
}

/** One's own post as me.posts and me.export tell it, also when it is held or was not let through. */
export interface Contribution extends WirePost {
	circle: string;
	at: string;
	held?: Held;
	decisions: { decision: string; what: string; at: string; statement: Statement | null }[];
}
