// appeals.tsx: against a decision one can appeal once; somebody else than who decided answers.
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { Refused } from '../connection/connection';
import { recall, remember } from '../connection/memory';
import type { JournalEvent } from '../connection/protocol';
import { useDraft, useKey } from '../parts/draft';
import { Buttons, Form } from '../parts/form';
import { Icon } from '../parts/icon';
import { Trouble } from '../parts/trouble';
import { longDate, t } from '../texts/texts';
import { connection, inbox, say } from './app';
import { sentenceOf } from './menus';

/** What was appealed against from this device, and until when it will be answered. */
const sent = signal<Record<string, string>>(recall<Record<string, string>>('appeals') ?? {});

function note(decision: string, until: string): void {
	sent.value = { ...sent.peek(), [decision]: until };
	remember('appeals', sent.peek());
}

export function outcomeOf(decision: string): JournalEvent | undefined {
	return inbox.value.find((event) => event.kind === 'appeal_decided' && event['appealed'] === decision);
}

export function AppealOutcome({ event }: { event: JournalEvent }) {
	const text = event['text'] as string | undefined;
	return (
		<>
			<p>{t(event.outcome === 'reversed' ? 'appeal.overturned' : 'appeal.upheld')}</p>
			{text && (
				<blockquote class="quoted" dir="auto">
					{text}
				</blockquote>
			)}
		</>
	);
}

/** The way to appeal, or how far it has come. Nothing where none is possible. */
export function AppealOffer({ decision, until }: { decision?: string | undefined; until?: string | null | undefined }) {
	const [isOpen, setOpen] = useState(false);
	if (!decision) return null;
	const outcome = outcomeOf(decision);
	if (outcome)
		return (
			<p class="appeal-state">
				<Icon name="scale" />
				<span>{t(outcome.outcome === 'reversed' ? 'appeal.overturned' : 'appeal.upheld')}</span>
			</p>
		);
	const waits = sent.value[decision];
	if (waits !== undefined)
		return (
			<p class="appeal-state">
				<Icon name="scale" />
				<span>{waits ? t('appeal.waits', { when: longDate(waits) }) : t('appeal.sent')}</span>
			</p>
		);
	if (!until || Date.parse(until) < Date.now()) return null;
	return (
		<>
			<p>
				<button type="button" class="button small" onClick={() => setOpen(true)}>
					<Icon name="scale" />
					{t('appeal')}
				</button>
			</p>
			{isOpen && <AppealDialog decision={decision} onClose={() => setOpen(false)} />}
		</>
	);
}

function AppealDialog({ decision, onClose }: { decision: string; onClose(): void }) {
	const [text, setText, done] = useDraft('appeal.' + decision);
	const [trouble, setTrouble] = useState<string | null>(null);
	const [isBusy, setBusy] = useState(false);
	const keyOf = useKey();
	const send = async () => {
		if (!text.trim() || isBusy) return;
		setBusy(true);
		try {
			const answer = await connection.call<{ appeal: string; until: string }>('appeal.open', {
				decision,
				text: text.trim(),
				key: keyOf(text),
			});
			note(decision, answer.until ?? '');
			done();
			say(t('appeal.thanks'));
			onClose();
		} catch (error) {
			// It was sent before, from another device: once is what there is.
			if (error instanceof Refused && error.name === 'stale') note(decision, '');
			setTrouble(sentenceOf(error));
		} finally {
			setBusy(false);
		}
	};
	return (
		<Form title={t('appeal')} onClose={onClose} onSend={() => void send()}>
			<p>{t('appeal.text')}</p>
			<label class="labelled">
				{t('appeal.label')}
				<textarea class="field" dir="auto" rows={4} maxLength={2000} value={text} onInput={(event) => setText(event.currentTarget.value)} />
			</label>
			<Trouble of={trouble} />
			<Buttons label={t('appeal.send')} isDisabled={!text.trim() || isBusy} onClose={onClose} />
		</Form>
	);
}
