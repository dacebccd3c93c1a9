// decisions.ts: what a moderator decided and the server has not yet answered.
import type { Connection, Refused } from '../connection/connection';
import { type Unanswered, UnansweredList } from '../connection/unanswered';

export interface Decision extends Unanswered {
	method: string;
	params: Record<string, unknown>;
	circle: string;
	/** The items that it decides: they leave the queue meanwhile. */
	items: string[];
	/** What to tell when it is done, and how to undo it. */
	told: string;
	undo?: Undo;
	state: 'waiting' | 'sending';
}

export interface Undo {
	method: string;
	params: Record<string, unknown>;
	told: string;
}

export interface DecisionWishes {
	onDone(decision: Decision, result: Record<string, unknown>): void;
	onStale(decision: Decision, refused: Refused): void;
	onRefused(decision: Decision, refused: Refused): void;
}

type Result = Record<string, unknown>;

export class Decisions extends UnansweredList<Decision, Result> {
	constructor(
		connection: Connection,
		private readonly self: () => string,
		private readonly wishes: DecisionWishes,
	) {
		super(connection);
	}

	/** Of whoever is here now: another moderator on this device has their own. */
	protected name(key = ''): string {
		return `deskout.${this.self()}.${key}`;
	}

	recall(): void {
		this.load(
			(one) => typeof one.method === 'string',
			() => true,
		);
	}

	put(one: Omit<Decision, 'key' | 'at' | 'state'>): Decision {
		return this.add(one);
	}

	protected async ask(one: Decision): Promise<Result> {
		return (await this.connection.call<Result | null>(one.method, { ...one.params, key: one.key })) ?? {};
	}

	protected answered(one: Decision, result: Result): void {
		// First what it did, then that it is done: no moment in which neither is known.
		this.wishes.onDone(one, result);
		this.remove(one.key);
	}

	protected refused(one: Decision, error: Refused): void {
		if (error.name === 'stale') this.wishes.onStale(one, error);
		else this.wishes.onRefused(one, error);
		this.remove(one.key);
	}
}
