// person.tsx: somebody's history in this circle: what was decided before, what binds them now.
import { useEffect, useState } from 'preact/hooks';
import { Dialog } from '../parts/dialog';
import { Icon } from '../parts/icon';
import { Name } from '../parts/words';
import { dayAndClock, longDate, number, t } from '../texts/texts';
import { ask } from './asked';
import { ActButton } from './bits';
import { byName } from './desk';
import { connection } from './participant';
import { d, named } from './texts';
import type { AuthorHistory, Person, Sanction } from './wire';

export function openSanctions(history: AuthorHistory | null): Sanction[] {
	if (!history) return [];
	if (history.open_sanctions) return history.open_sanctions;
	return (history.sanctions ?? []).filter((one) => {
		if (one.open !== undefined) return one.open;
		if (one.lifted || (one.step === 'warn' && one.acknowledged)) return false;
		return !one.until || Date.parse(one.until) > Date.now();
	});
}

export function SanctionLine({ circle, participant, one }: { circle: string; participant: Person; one: Sanction }) {
	return (
		<li class="sanction-line">
			<span>
				<strong>{named('step', one.step)}</strong>
				{one.until && <> · {d('until', { when: dayAndClock(one.until) })}</>}
				{one.reason && (
					<span class="by-rule" dir="auto">
						{one.reason}
					</span>
				)}
			</span>
			<ActButton icon="undo" kind="plain" onClick={() => ask({ kind: 'lift', circle, participant, sanction: one })}>
				{d('lift')}
			</ActButton>
		</li>
	);
}

export function PersonCard(props: { circle: string; participant: Person; history: AuthorHistory | null; cause: string; lang?: string | undefined }) {
	const { circle, participant } = props;
	const [own, setOwn] = useState<AuthorHistory | null>(null);
	const history = props.history ?? own;
	useEffect(() => {
		setOwn(null);
		if (props.history || !participant.id) return;
		let isWanted = true;
		// Comes with the item as a rule; only where it did not is it asked for.
		const timer = setTimeout(() => {
			connection.ask<AuthorHistory & { author?: AuthorHistory }>('desk.person', { circle, participant: participant.id }).then(
				(answer) => isWanted && setOwn(answer.author ?? answer),
				() => undefined,
			);
		}, 600);
		return () => {
			isWanted = false;
			clearTimeout(timer);
		};
	}, [participant.id, circle, !props.history]);
	const figures: [Parameters<typeof d>[0], number | undefined][] = [
		['person.posts', history?.posts],
		['person.held', history?.held],
		['person.rejected', history?.rejected],
		['person.removed', history?.removed],
		['person.reports', history?.reports],
	];
	const open = openSanctions(history);
	return (
		<section class="person" aria-label={d('person.title', { name: participant.name })}>
			<h3>
				{d('person.here')} <Name name={participant.name} tag={participant.tag} />
			</h3>
			{!history ? (
				<p class="hint">{t('loading')}</p>
			) : (
				<>
					<dl class="figures">
						{figures
							.filter(([, n]) => n !== undefined)
							.map(([key, n]) => (
								<div>
									<dt>{d(key)}</dt>
									<dd>{number(n!)}</dd>
								</div>
							))}
					</dl>
					{history.since && <p class="hint">{d('person.since', { when: longDate(history.since) })}</p>}
					{open.length > 0 && (
						<>
							<h4>{d('person.bound')}</h4>
							<ul class="plain-list">
								{open.map((one) => (
									<SanctionLine circle={circle} participant={participant} one={one} />
								))}
							</ul>
						</>
					)}
					{!!history.notes?.length && (
						<>
							<h4>{d('person.notes')}</h4>
							<ul class="plain-list notes">
								{history.notes.map((note) => (
									<li>
										<Icon name="note" />
										<span dir="auto">{note.text}</span> <small class="muted">{byName(note.by)}</small>
									</li>
								))}
							</ul>
						</>
					)}
					{!!history.decisions?.length && (
						<details>
							<summary>{d('person.decisions', { n: history.decisions.length })}</summary>
							<ul class="plain-list">
								{history.decisions.map((decision) => (
									<li>
										{named('ended', decision.what ?? decision.kind ?? '')} · {dayAndClock(decision.at)}
										{decision.reason && (
											<span class="by-rule" dir="auto">
												{decision.reason}
											</span>
										)}
									</li>
								))}
							</ul>
						</details>
					)}
				</>
			)}
		</section>
	);
}

export function PersonDialog({ circle, participant, onClose }: { circle: string; participant: Person; onClose(): void }) {
	return (
		<Dialog title={d('person.title', { name: participant.name })} onClose={onClose}>
			<PersonCard circle={circle} participant={participant} history={null} cause="conduct" />
			<p class="buttons">
				<ActButton icon="person" onClick={() => ask({ kind: 'sanction', circle, participant, cause: 'conduct' })}>
					{d('sanction')}
				</ActButton>
				<ActButton icon="note" onClick={() => ask({ kind: 'note', circle, about: { participant: participant.id } })}>
					{d('note')}
				</ActButton>
			</p>
		</Dialog>
	);
}
