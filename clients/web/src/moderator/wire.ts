// wire.ts: what the desk's methods tell, in types. No behaviour.
import type { CircleInfo, Joined, JournalEvent, WirePost } from '../connection/protocol';

export interface By {
	id: string;
	name: string;
}

export interface Finding {
	symbol: string;
	rule?: string;
	score: number;
	start?: number;
	end?: number;
	explanation?: string;
}

export type ItemKind = 'held' | 'edit' | 'report' | 'alert' | 'appeal';

export interface Alert {
	about: string;
	thread?: string;
	participant?: Person;
	level: string;
	score: number;
	causes: string[];
	until?: string | null;
	for?: By | null;
	acknowledged_by?: By | null;
}

export interface Appeal {
	id: string;
	decision: string;
	text: string;
	until: string;
	statement?: Record<string, unknown> | null;
	decided_by_me?: boolean;
}

export interface Item {
	item: string;
	kind: ItemKind;
	cause: string;
	opened: string;
	until: string | null;
	then: string;
	/** The new words of an edit; the standing ones are in `post`. */
	text?: string;
	verdict?: { ruleset?: string; action?: string; cause?: string; incivility?: number; findings?: Finding[] };
	post?: WirePost;
	/** What an appeal is about, as it was when it was decided. */
	words?: string;
	reports?: { reason: string; note?: string }[];
	claimed_by?: By | null;
	alert?: Alert;
	appeal?: Appeal;
	/** Ours: whose queue it stands in. */
	circle: string;
}

export interface Person {
	id: string;
	name: string;
	kind?: string;
	tag?: string;
	role?: string;
}

export interface Sanction {
	sanction: string;
	step: Step;
	until?: string | null;
	reason?: string;
	at?: string;
	since?: string;
	by?: By | string;
	acknowledged?: boolean;
	lifted?: boolean | string | null;
	open?: boolean;
}

export interface Note {
	note: string;
	text: string;
	at: string;
	by?: By | string;
	about?: Record<string, string>;
}

export interface AuthorHistory {
	participant: Person;
	since?: string;
	posts?: number;
	held?: number;
	rejected?: number;
	removed?: number;
	reports?: number;
	sanctions?: Sanction[];
	open_sanctions?: Sanction[];
	notes?: Note[];
	decisions?: { decision?: string; what?: string; kind?: string; at: string; reason?: string }[];
}

export interface ItemRead {
	item: Item;
	thread?: JournalEvent[];
	author?: AuthorHistory;
	similar?: { item: string; kind: string; text?: string; by?: string }[];
	notes?: Note[];
}

export interface ThreadPicture {
	thread: string;
	title?: string;
	escalation: number;
	level: string;
	slope: number;
	is_cooling: boolean;
	causes: string[];
	messages: number;
	last_at: string;
	frozen: boolean;
	series?: { at: string; escalation: number }[];
}

export interface Picture {
	circle: string;
	at: string;
	crisis: number;
	level: string;
	rate: number;
	newcomers: number;
	waiting: number;
	oldest_at?: string | null;
	series?: { at: string; crisis: number; heat: number; rate: number }[];
	voices: { participant: Person; posts: number; share: number }[];
	addressed: { participant: Person; replies: number; people: number }[];
	threads: ThreadPicture[];
	on_watch: Watcher[];
}

export interface Watcher extends By {
	since?: string;
}

export interface Preset {
	id: string;
	title: string;
	text?: string;
	pace?: number;
	door?: string;
	policy?: string;
	freeze?: unknown;
}

export interface DeskJoined extends Joined {
	presets?: Preset[];
	on_watch?: Watcher[];
	templates?: { id: string; text: string }[];
	rules?: { id: string; text: string }[];
	reasons?: string[];
	read_hard?: number;
	hint?: string;
	handover?: { text: string; at: string; by?: By } | null;
	chain?: { seq: number; hash: string };
}

export interface Crisis {
	preset?: string;
	since?: string;
	until?: string | null;
	reason?: string;
	pace?: number;
	door?: string;
}

export interface CircleState extends Omit<CircleInfo, 'crisis'> {
	crisis?: Crisis | null;
}

export const STEPS = ['warn', 'slow', 'premoderate', 'mute', 'exclude'] as const;
export type Step = (typeof STEPS)[number];
export const DOORS = ['open', 'premoderated', 'closed'] as const;

export interface Incident {
	incident: string;
	preset: string;
	last_preset?: string;
	begun: string;
	ended?: string | null;
	begun_by?: By | string;
	reason?: string;
	index?: { begun?: number; peak?: number; ended?: number };
}

export interface LogEntry {
	seq: number;
	at: string;
	kind: string;
	chain: string;
	body?: Record<string, unknown> | null;
	words?: Record<string, unknown>;
}
