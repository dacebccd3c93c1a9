// decisions.ts: what a moderator decided and the server has not yet answered. It outlives a lost line and
// a reload; each goes out with the same key until it is answered, so it is done once and never lost.
import { signal } from '@preact/signals';
import { backOff, Connection, Lost, Refused } from '../connection/connection';
import { forget, newKey, recall, recallNames, remember } from '../connection/memory';

export interface Decision {
	key: string;
	method: string;
	params: Record<string, unknown>;
	circle: string;
	/** The items that it decides: they leave the queue meanwhile. */
	items: string[];
	at: string;
	/** What to tell when it is done, and how to undo it. */
	told: string;
	undo?: Undo;
	state: 'waiting' | 'sending';
	dueAt?: number;
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

export class Decisions {
	readonly list = signal<Decision[]>([]);
	private isFlushing = false;
	private failures = 0;
	private timer = 0;

	constructor(
		private readonly connection: Connection,
		private readonly self: () => string,
		private readonly wishes: DecisionWishes,
	) {}

	/** Of whoever is here now: another moderator on this device has their own. */
	private name(key = ''): string {
		return `deskout.${this.self()}.${key}`;
	}

	load(): void {
		const known = new Set(this.list.peek().map((one) => one.key));
		const kept = recallNames(this.name())
			.map((name) => recall<Decision>(name))
			.filter((one): one is Decision => !!one && typeof one.method === 'string' && !known.has(one.key))
			.map((one): Decision => ({ ...one, state: 'waiting' }));
		if (!kept.length) return;
		this.list.value = [...this.list.peek(), ...kept].sort((a, b) => a.at.localeCompare(b.at));
	}

	/** Lets go of what is in memory; the device keeps it for whoever decided it. */
	forget(): void {
		this.list.value = [];
	}

	put(one: Omit<Decision, 'key' | 'at' | 'state'>): Decision {
		const decision: Decision = { ...one, key: newKey(), at: new Date().toISOString(), state: 'waiting' };
		this.keep(decision);
		void this.flush();
		return decision;
	}

	isLeaving(item: string): boolean {
		return this.list.value.some((one) => one.items.includes(item));
	}

	/** Those that a broken line keeps here. */
	waiting(): Decision[] {
		return this.list.value.filter((one) => one.state === 'waiting');
	}

	async flush(): Promise<void> {
		if (this.isFlushing || this.connection.phase.peek() !== 'online') return;
		this.isFlushing = true;
		clearTimeout(this.timer);
		try {
			for (let next = this.next(); next; next = this.next()) if (!(await this.send(next))) break;
		} finally {
			this.isFlushing = false;
			this.plan();
		}
	}

	private next(): Decision | undefined {
		return this.list.peek().find((one) => one.state === 'waiting' && (one.dueAt ?? 0) <= Date.now());
	}

	private plan(): void {
		const waiting = this.list.peek().filter((one) => one.state === 'waiting');
		if (!waiting.length || this.connection.phase.peek() !== 'online') return;
		const wait = Math.max(50, Math.min(...waiting.map((one) => one.dueAt ?? 0)) - Date.now());
		clearTimeout(this.timer);
		this.timer = window.setTimeout(() => void this.flush(), wait);
	}

	private keep(decision: Decision): void {
		const others = this.list.peek();
		this.list.value = others.some((other) => other.key === decision.key)
			? others.map((other) => (other.key === decision.key ? decision : other))
			: [...others, decision];
		remember(this.name(decision.key), decision);
	}

	private drop(decision: Decision): void {
		this.list.value = this.list.peek().filter((other) => other.key !== decision.key);
		forget(this.name(decision.key));
	}

	private async send(decision: Decision): Promise<boolean> {
		this.keep({ ...decision, state: 'sending' });
		try {
			const result = await this.connection.call<Record<string, unknown>>(decision.method, {
				...decision.params,
				key: decision.key,
			});
			this.failures = 0;
			// First what it did, then that it is done: no moment in which neither is known.
			this.wishes.onDone(decision, result ?? {});
			this.drop(decision);
			return true;
		} catch (error) {
			if (error instanceof Lost) {
				this.keep({ ...decision, state: 'waiting' });
				return false;
			}
			if (!(error instanceof Refused)) throw error;
			if (error.retry) {
				const wait = error.retryMs ?? backOff(Math.min(this.failures++, 5));
				this.keep({ ...decision, state: 'waiting', dueAt: Date.now() + wait });
				return true;
			}
			if (error.name === 'stale') this.wishes.onStale(decision, error);
			else this.wishes.onRefused(decision, error);
			this.drop(decision);
			return true;
		}
	}
}
