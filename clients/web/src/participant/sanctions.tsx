// sanctions.tsx: what limits one's own part in a circle: which, until when, why; and a warning, which is
// read and acknowledged before one goes on.
import { computed, signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import type { JournalEvent, Statement } from '../connection/protocol';
import { recall, remember } from '../connection/memory';
import { Dialog } from '../parts/dialog';
import { Trouble } from '../parts/trouble';
import { dayAndClock, t, type TextKey } from '../texts/texts';
import { connection, inbox, me, outbox, say, warned } from './app';
import { AppealOffer } from './appeals';
import { StatementText } from './inbox';
import { sentenceOf } from './menus';

export interface MySanction {
	sanction: string;
	circle: string;
	step: string;
	until: string | null;
	event: JournalEvent;
}

const acknowledged = signal<ReadonlySet<string>>(new Set(recall<string[]>('acknowledged') ?? []));
/** Ticks once a minute: what has an end ends by itself. */
const minute = signal(Date.now());
setInterval(() => (minute.value = Date.now()), 60000);

/** What binds now, as the inbox tells it. */
export const mySanctions = computed<MySanction[]>(() => {
	const open = new Map<string, MySanction>();
	for (const event of inbox.value) {
		const id = String(event['sanction'] ?? '');
		if (event.kind === 'lifted') open.delete(id);
		if (event.kind !== 'sanctioned' || !id) continue;
		const until = (event['until'] as string | null | undefined) ?? null;
		open.set(id, { sanction: id, circle: event.circle ?? '', step: String(event['step']), until, event });
	}
	return [...open.values()].filter(
		(one) => !acknowledged.value.has(one.sanction) && (!one.until || Date.parse(one.until) > minute.value),
	);
});

export function sanctionIn(circle: string, step: string): MySanction | undefined {
	return mySanctions.value.find((one) => one.circle === circle && one.step === step);
}

/** There is nothing to write with. */
export function isSilenced(circle: string): boolean {
	return ['exclude', 'mute', 'warn'].some((step) => sanctionIn(circle, step));
}

export function sanctionSentence(one: { step: string; until: string | null }): string {
	const what = t(`sanction.${one.step}` as TextKey);
	return one.until ? `${what} ${t('sanction.until', { when: dayAndClock(one.until) })}` : what;
}

/** In the inbox: what it means, and that it is over when it is. */
export function SanctionTold({ event }: { event: JournalEvent }) {
	const step = String(event['step']);
	const until = (event['until'] as string | null | undefined) ?? null;
	const is = mySanctions.value.some((one) => one.sanction === event['sanction']);
	if (step === 'warn' && is)
		return (
			<p>
				<button type="button" class="button small" onClick={() => (warned.value = { sanction: String(event['sanction']) })}>
					{t('warning.read')}
				</button>
			</p>
		);
	return <p class="hint">{is ? sanctionSentence({ step, until }) : t('sanction.over')}</p>;
}

export function WarningDialog() {
	const of = warned.value;
	const [trouble, setTrouble] = useState<string | null>(null);
	useEffect(() => setTrouble(null), [of?.sanction]);
	if (!of) return null;
	const event = inbox.value.find((one) => one.kind === 'sanctioned' && one['sanction'] === of.sanction);
	const close = () => (warned.value = null);
	const yes = async () => {
		try {
			await connection.call('sanction.acknowledge', { sanction: of.sanction });
			acknowledged.value = new Set([...acknowledged.peek(), of.sanction]);
			remember('acknowledged', [...acknowledged.peek()].slice(-50));
			close();
			say(t('warning.thanks'));
			outbox.warningAcknowledged(of.sanction);
		} catch (error) {
			setTrouble(sentenceOf(error));
		}
	};
	return (
		<Dialog title={t('warning.title')} onClose={close} isFirm key={of.sanction}>
			<p>{t('warning.text', { name: me.value?.name ?? '' })}</p>
			{event?.reason && (
				<blockquote class="quoted" dir="auto">
					{event.reason}
				</blockquote>
			)}
			{!event && of.message && <p dir="auto">{of.message}</p>}
			{event?.statement && <StatementText statement={event.statement as Statement} />}
			{event && <AppealOffer decision={event.decision} until={event.statement?.appeal_until} />}
			<Trouble of={trouble} />
			<p class="buttons">
				<button type="button" class="button primary" onClick={() => void yes()}>
					{t('warning.yes')}
				</button>
				<button type="button" class="button plain" onClick={close}>
					{t('warning.later')}
				</button>
			</p>
		</Dialog>
	);
}
