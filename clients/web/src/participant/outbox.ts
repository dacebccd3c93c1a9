// outbox.ts: what a participant wrote and is not yet known to be kept.
import type { Connection, Refused } from '../connection/connection';
import { forget } from '../connection/memory';
import type { Held, Judged, Reason } from '../connection/protocol';
import { type Unanswered, UnansweredList } from '../connection/unanswered';

export interface Letter extends Unanswered {
	circle: string;
	text: string;
	thread?: string;
	reply_to?: string;
	nudge?: string;
	/** How far the circle had come when it was written. */
	after?: number;
	/** sent: kept, its event has not come yet. */
	state: 'waiting' | 'sending' | 'sent' | 'nudged' | 'refused' | 'charter';
	id?: string;
	reasons?: Reason[];
	message?: string;
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

export class Outbox extends UnansweredList<Letter, Judged> {
	constructor(
		connection: Connection,
		private readonly wishes: OutboxWishes,
	) {
		super(connection);
		this.load(
			(letter) => typeof letter.text === 'string',
			(letter) => letter.state === 'sending' || letter.state === 'charter',
		);
	}

	protected name(key = ''): string {
		return `out.${key}`;
	}

	put(words: { circle: string; text: string; thread?: string; reply_to?: string; after?: number }): void {
		this.add(words);
	}

	/** The author has seen the nudge and sends it as it is. */
	sendAnyway(key: string): void {
		const letter = this.find(key);
		if (!letter) return;
		this.keep({ ...letter, state: 'waiting' });
		void this.flush();
	}

	/** Its event has come. */
	arrived(id: string): void {
		for (const letter of this.list.peek()) if (letter.id === id && letter.state === 'sent') this.remove(letter.key);
	}

	/** What a warning kept back goes out once it was read. */
	warningAcknowledged(warning: string): void {
		for (const letter of this.list.peek())
			if (letter.warning === warning && letter.state === 'refused') this.keep({ ...letter, state: 'waiting', warning: '' });
		void this.flush();
	}

	charterAccepted(): void {
		for (const letter of this.list.peek())
			if (letter.state === 'charter') this.keep({ ...letter, state: 'waiting' });
		void this.flush();
	}

	protected ask(letter: Letter): Promise<Judged> {
		return this.connection.call<Judged>('post.create', {
			circle: letter.circle,
			text: letter.text,
			key: letter.key,
			...(letter.reply_to ? { reply_to: letter.reply_to } : letter.thread ? { thread: letter.thread } : {}),
			...(letter.nudge ? { nudge: letter.nudge } : {}),
		});
	}

	protected answered(letter: Letter, judged: Judged): void {
		if (judged.status === 'posted') {
			const sent: Letter = { ...letter, state: 'sent', id: judged.id ?? '' };
			forget(this.name(letter.key));
			if (this.wishes.isShown(letter.circle, sent.id!)) this.remove(letter.key);
			else this.show(sent);
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

	/** Slower, please: where the words can go back to where they are written. */
	protected override givenBack(letter: Letter, error: Refused): boolean {
		return error.name === 'too_fast' && this.wishes.onTooFast(letter, error);
	}

	protected refused(letter: Letter, error: Refused): void {
		if (error.name === 'charter_not_accepted') {
			const waiting: Letter = { ...letter, state: 'charter' };
			this.keep(waiting);
			this.wishes.onCharter(waiting);
			return;
		}
		const warning = error.name === 'sanctioned' && error.data['step'] === 'warn' ? String(error.data['sanction'] ?? '') : '';
		const refused: Letter = { ...letter, state: 'refused', message: error.message, reasons: [], ...(warning ? { warning } : {}) };
		this.keep(refused);
		if (error.name === 'sanctioned') this.wishes.onSanctioned(refused, error);
		else this.wishes.onRefused(refused);
	}
}
