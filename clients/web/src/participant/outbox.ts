// outbox.ts: what was written and is not yet known to be kept. It outlives the page; each letter is sent
// with the same key until the server has answered it, so that it is posted once and only once.
import { signal } from '@preact/signals';
import { backOff, Connection, Lost, Refused } from '../connection/connection';
import { forget, newKey, recall, recallNames, remember } from '../connection/memory';
import type { Held, Judged, Reason } from '../connection/protocol';

export interface Letter {
	key: string;
	circle: string;
	text: string;
	thread?: string;
	reply_to?: string;
	nudge?: string;
	/** How far the circle had come when it was written. */
	after?: number;
	at: string;
	/** sent: kept, its event has not come yet. */
	state: 'waiting' | 'sending' | 'sent' | 'nudged' | 'refused' | 'charter';
	id?: string;
	reasons?: Reason[];
	message?: string;
	dueAt?: number;
	/** The warning that it waits for. */
	warning?: string;
}

export interface HeldPost {
	id: string;
	circle: string;
	thread?: string;
	reply_to?: string;
	text: string;
	at: string;
	held: Held;
	reasons: Reason[];
}

export interface OutboxWishes {
	onPosted(letter: Letter): void;
	onHeld(held: HeldPost): void;
	onNudged(letter: Letter): void;
	onRefused(letter: Letter): void;
	onCharter(letter: Letter): void;
	/** Not while a warning has not been acknowledged, or one is muted. */
	onSanctioned(letter: Letter, refused: Refused): void;
	/** Slower, please. True: the words went back to where they are written. */
	onTooFast(letter: Letter, refused: Refused): boolean;
	/** Whether the post is on the page already. */
	isShown(circle: string, id: string): boolean;
}

const NAME = 'out.';

export class Outbox {
	readonly letters = signal<Letter[]>([]);
	private isFlushing = false;
	private failures = 0;
	private timer = 0;

	constructor(
		private readonly connection: Connection,
		private readonly wishes: OutboxWishes,
	) {
		const kept = recallNames(NAME)
			.map((name) => recall<Letter>(name))
			.filter((letter): letter is Letter => !!letter && typeof letter.text === 'string');
		kept.sort((a, b) => a.at.localeCompare(b.at));
		// What was being sent may have arrived: the key will tell.
		this.letters.value = kept.map((letter) =>
			letter.state === 'sending' || letter.state === 'charter' ? { ...letter, state: 'waiting' } : letter,
		);
	}

	put(words: { circle: string; text: string; thread?: string; reply_to?: string; after?: number }): void {
		const letter: Letter = { ...words, key: newKey(), at: new Date().toISOString(), state: 'waiting' };
		this.keep(letter);
		void this.flush();
	}

	/** The author has seen the nudge and sends it as it is. */
	sendAnyway(key: string): void {
		const letter = this.find(key);
		if (!letter) return;
		this.keep({ ...letter, state: 'waiting' });
		void this.flush();
	}

	again(key: string): void {
		const letter = this.find(key);
		if (letter) this.keep({ ...letter, state: 'waiting', dueAt: 0 });
		void this.flush();
	}

	remove(key: string): void {
		this.letters.value = this.letters.peek().filter((letter) => letter.key !== key);
		forget(NAME + key);
	}

	/** Its event has come. */
	arrived(id: string): void {
		for (const letter of this.letters.peek()) if (letter.id === id && letter.state === 'sent') this.remove(letter.key);
	}

	/** What a warning kept back goes out once it was read. */
	warningAcknowledged(warning: string): void {
		for (const letter of this.letters.peek())
			if (letter.warning === warning && letter.state === 'refused') this.keep({ ...letter, state: 'waiting', warning: '' });
		void this.flush();
	}

	charterAccepted(): void {
		for (const letter of this.letters.peek())
			if (letter.state === 'charter') this.keep({ ...letter, state: 'waiting' });
		void this.flush();
	}

	find(key: string): Letter | undefined {
		return this.letters.peek().find((letter) => letter.key === key);
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

	private next(): Letter | undefined {
		return this.letters.peek().find((letter) => letter.state === 'waiting' && (letter.dueAt ?? 0) <= Date.now());
	}

	private plan(): void {
		const due = this.letters.peek().filter((letter) => letter.state === 'waiting' && letter.dueAt);
		if (!due.length || this.connection.phase.peek() !== 'online') return;
		const wait = Math.max(50, Math.min(...due.map((letter) => letter.dueAt!)) - Date.now());
		clearTimeout(this.timer);
		this.timer = window.setTimeout(() => void this.flush(), wait);
	}

	private keep(letter: Letter): void {
		const others = this.letters.peek();
		const known = others.some((other) => other.key === letter.key);
		this.letters.value = known
			? others.map((other) => (other.key === letter.key ? letter : other))
			: [...others, letter];
		remember(NAME + letter.key, letter);
	}

	/** False: no use in sending more now. */
	private async send(letter: Letter): Promise<boolean> {
		this.keep({ ...letter, state: 'sending' });
		try {
			const judged = await this.connection.call<Judged>('post.create', {
				circle: letter.circle,
				text: letter.text,
				key: letter.key,
				...(letter.reply_to ? { reply_to: letter.reply_to } : letter.thread ? { thread: letter.thread } : {}),
				...(letter.nudge ? { nudge: letter.nudge } : {}),
			});
			this.failures = 0;
			this.settle(letter, judged);
			return true;
		} catch (error) {
			if (error instanceof Refused) return this.refused(letter, error);
			this.keep({ ...letter, state: 'waiting' });
			if (!(error instanceof Lost)) throw error;
			return false;
		}
	}

	private settle(letter: Letter, judged: Judged): void {
		if (judged.status === 'posted') {
			const sent: Letter = { ...letter, state: 'sent', id: judged.id ?? '' };
			forget(NAME + letter.key);
			if (this.wishes.isShown(letter.circle, sent.id!)) this.remove(letter.key);
			else this.letters.value = this.letters.peek().map((other) => (other.key === letter.key ? sent : other));
			this.wishes.onPosted(sent);
		} else if (judged.status === 'held') {
			this.remove(letter.key);
			this.wishes.onHeld({
				id: judged.id!,
				circle: letter.circle,
				...(letter.thread ? { thread: letter.thread } : {}),
				...(letter.reply_to ? { reply_to: letter.reply_to } : {}),
				text: letter.text,
				at: letter.at,
				held: judged.held!,
				reasons: judged.reasons,
			});
		} else if (judged.status === 'nudged') {
			const nudged: Letter = { ...letter, state: 'nudged', reasons: judged.reasons, nudge: judged.nudge ?? '' };
			this.keep(nudged);
			this.wishes.onNudged(nudged);
		} else {
			const refused: Letter = { ...letter, state: 'refused', reasons: judged.reasons };
			this.keep(refused);
			this.wishes.onRefused(refused);
		}
	}

	private refused(letter: Letter, error: Refused): boolean {
		if (error.name === 'charter_not_accepted') {
			const waiting: Letter = { ...letter, state: 'charter' };
			this.keep(waiting);
			this.wishes.onCharter(waiting);
			return true;
		}
		if (error.name === 'too_fast' && this.wishes.onTooFast(letter, error)) {
			this.remove(letter.key);
			return true;
		}
		if (error.retry) {
			const wait = error.retryMs ?? backOff(Math.min(this.failures++, 5));
			this.keep({ ...letter, state: 'waiting', dueAt: Date.now() + wait });
			return true;
		}
		const warning = error.name === 'sanctioned' && error.data['step'] === 'warn' ? String(error.data['sanction'] ?? '') : '';
		const refused: Letter = { ...letter, state: 'refused', message: error.message, reasons: [], ...(warning ? { warning } : {}) };
		this.keep(refused);
		if (error.name === 'sanctioned') this.wishes.onSanctioned(refused, error);
		else this.wishes.onRefused(refused);
		return true;
	}
}
