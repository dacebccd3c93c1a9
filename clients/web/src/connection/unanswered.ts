// unanswered.ts: what somebody said or decided and the server has not answered yet. It outlives a lost line
// and a reload; each goes out with the same key until it is answered, so that it is done once and never lost.
import { signal } from '@preact/signals';
import { backOff, type Connection, Lost, Refused } from './connection';
import { forget, newKey, recall, recallNames, remember } from './memory';

export interface Unanswered {
	key: string;
	at: string;
	/** Only `waiting` goes out; others wait for a person or an event. */
	state: string;
	/** Not before (ms since 1970). */
	dueAt?: number;
}

export abstract class UnansweredList<One extends Unanswered, Answer> {
	readonly list = signal<One[]>([]);
	private isFlushing = false;
	private failures = 0;
	private timer = 0;

	constructor(protected readonly connection: Connection) {}

	/** Under which this device keeps it; without a key, how all such names begin. */
	protected abstract name(key?: string): string;
	protected abstract ask(one: One): Promise<Answer>;
	protected abstract answered(one: One, answer: Answer): void;
	/** Refused for good. */
	protected abstract refused(one: One, error: Refused): void;
	/** True: refused for now, and back with whoever wrote it. */
	protected givenBack(_one: One, _error: Refused): boolean {
		return false;
	}

	/** What this device kept and is not here yet. What was being sent may have arrived: the key will tell. */
	load(isOne: (kept: One) => boolean, goesOut: (kept: One) => boolean): void {
		const known = new Set(this.list.peek().map((one) => one.key));
		const kept = recallNames(this.name())
			.map((name) => recall<One>(name))
			.filter((one): one is One => !!one && isOne(one) && !known.has(one.key))
			.map((one): One => (goesOut(one) ? { ...one, state: 'waiting' } : one));
		if (kept.length) this.list.value = [...this.list.peek(), ...kept].sort((a, b) => a.at.localeCompare(b.at));
	}

	/** Lets go of what is in memory; the device keeps it for whoever it belongs to. */
	forget(): void {
		this.list.value = [];
	}

	find(key: string): One | undefined {
		return this.list.peek().find((one) => one.key === key);
	}

	remove(key: string): void {
		this.list.value = this.list.peek().filter((one) => one.key !== key);
		forget(this.name(key));
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

	protected add(one: Omit<One, 'key' | 'at' | 'state'>): One {
		const added = { ...one, key: newKey(), at: new Date().toISOString(), state: 'waiting' } as One;
		this.keep(added);
		void this.flush();
		return added;
	}

	protected keep(one: One): void {
		this.show(one);
		remember(this.name(one.key), one);
	}

	/** Shown, and no more for this device to keep. */
	protected show(one: One): void {
		const others = this.list.peek();
		this.list.value = others.some((other) => other.key === one.key)
			? others.map((other) => (other.key === one.key ? one : other))
			: [...others, one];
	}

	private waiting(): One[] {
		return this.list.peek().filter((one) => one.state === 'waiting');
	}

	private next(): One | undefined {
		return this.waiting().find((one) => (one.dueAt ?? 0) <= Date.now());
	}

	private plan(): void {
		const waiting = this.waiting();
		if (!waiting.length || this.connection.phase.peek() !== 'online') return;
		const wait = Math.max(50, Math.min(...waiting.map((one) => one.dueAt ?? 0)) - Date.now());
		clearTimeout(this.timer);
		this.timer = window.setTimeout(() => void this.flush(), wait);
	}

	/** False: no use in sending more now. */
	private async send(one: One): Promise<boolean> {
		this.keep({ ...one, state: 'sending' });
		let answer: Answer;
		try {
			answer = await this.ask(one);
		} catch (error) {
			if (error instanceof Refused) {
				this.turnedDown(one, error);
				return true;
			}
			this.keep({ ...one, state: 'waiting' });
			if (!(error instanceof Lost)) throw error;
			return false;
		}
		this.failures = 0;
		this.answered(one, answer);
		return true;
	}

	private turnedDown(one: One, error: Refused): void {
		if (this.givenBack(one, error)) this.remove(one.key);
		else if (error.retry) {
			const wait = error.retryMs ?? backOff(Math.min(this.failures++, 5));
			this.keep({ ...one, state: 'waiting', dueAt: Date.now() + wait });
		} else this.refused(one, error);
	}
}
