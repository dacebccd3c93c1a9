// picture.tsx: how it goes in every circle, the neediest first: temperature, where it is heading and why,
// who is in the middle of it.
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { JournalEvent } from '../connection/protocol';
import { Icon } from '../parts/icon';
import { Name } from '../parts/words';
import { dayAndClock, number, t } from '../texts/texts';
import { ask } from './asked';
import { ActButton, Ago, Causes, Left, LevelBadge, levelOf, LEVELS, Slope } from './bits';
import { isPinned } from './acts';
import { Chart, told } from './chart';
import { byName, desks, deskOf, type Desk } from './desk';
import { ContextPost } from './item';
import { onKeys } from './keys';
import { connection, go } from './participant';
import { d, named } from './texts';
import type { Incident, Picture as PictureOf, ThreadPicture } from './wire';
import { closePane, openCircle, openThread, paneNow } from './where';

function need(desk: Desk): number {
	const picture = desk.picture.value;
	const crisis = desk.state()?.crisis ? 10 : 0;
	return crisis + LEVELS.indexOf(levelOf(hottest(desk))) * 2 + (picture?.crisis ?? 0);
}

/** A circle is as hot as it is as a whole, or as its hottest thread. */
function hottest(desk: Desk): string {
	const picture = desk.picture.value;
	if (desk.state()?.crisis) return 'crisis';
	const levels = [picture?.level, ...(picture?.threads ?? []).map((thread) => thread.level)].map(levelOf);
	return levels.reduce((most, one) => (LEVELS.indexOf(one) > LEVELS.indexOf(most) ? one : most));
}

function Fact({ label, value, isHigh }: { label: string; value: string; isHigh?: boolean }) {
	return (
		<div class={isHigh ? 'high' : ''}>
			<dt>{label}</dt>
			<dd>{value}</dd>
		</div>
	);
}

/** What is switched on here now, and until when. */
export function StateChips({ desk }: { desk: Desk }) {
	const state = desk.state();
	if (!state) return null;
	return (
		<p class="state-chips">
			{state.crisis && (
				<span class="state-chip crisis">
					<Icon name="storm" />
					{d('state.crisis')} <Left until={state.crisis.until} />
				</span>
			)}
			{state.pace > 0 && (
				<span class="state-chip">
					<Icon name="clock" />
					{d('state.pace', { n: state.pace })}
				</span>
			)}
			{state.door && state.door !== 'open' && (
				<span class="state-chip">
					<Icon name="door" />
					{named('door', state.door)}
				</span>
			)}
			{state.frozen?.length > 0 && (
				<span class="state-chip">
					<Icon name="snow" />
					{d('state.frozen', { n: state.frozen.length })}
				</span>
			)}
			{isPinned(state.pinned) && (
				<span class="state-chip">
					<Icon name="pin" />
					{d('state.pinned')}
				</span>
			)}
		</p>
	);
}

function ThreadRow({ circle, thread, isOpen }: { circle: string; thread: ThreadPicture; isOpen: boolean }) {
	return (
		<li>
			<button type="button" class="thread-row" aria-current={isOpen ? 'true' : undefined} onClick={() => openThread(circle, thread.thread)}>
				<span class="thread-title" dir="auto">
					{thread.title ?? d('thread.untitled')}
				</span>
				<span class="thread-facts">
					<LevelBadge level={thread.level} small />
					<Slope slope={thread.slope} isCooling={thread.is_cooling} />
					{thread.frozen && (
						<span class="frozen">
							<Icon name="snow" />
							{d('frozen')}
						</span>
					)}
				</span>
				<Spark series={thread.series} />
			</button>
		</li>
	);
}

/** Small enough to stand in a row; the whole curve is in the thread itself. */
function Spark({ series }: { series: ThreadPicture['series'] }) {
	if (!series || series.length < 2) return <span class="spark" />;
	const first = Date.parse(series[0]!.at);
	const span = Math.max(1, Date.parse(series[series.length - 1]!.at) - first);
	const points = series.map((one) => `${(((Date.parse(one.at) - first) / span) * 72).toFixed(1)},${(21 - one.escalation * 20).toFixed(1)}`).join(' ');
	return (
		<svg class="spark" viewBox="0 0 72 22" width="72" height="22" aria-hidden="true" focusable="false" preserveAspectRatio="none">
			<polyline points={points} fill="none" stroke="currentColor" stroke-width="2" vector-effect="non-scaling-stroke" />
		</svg>
	);
}

function curve(picture: PictureOf) {
	const series = picture.series ?? [];
	return {
		at: series.map((one) => one.at),
		crisis: series.map((one) => one.crisis),
		heat: series.map((one) => one.heat),
	};
}

function CircleCard({ desk }: { desk: Desk }) {
	const picture = desk.picture.value;
	const pane = paneNow();
	const openHere = pane && pane.kind !== 'item' && pane.circle === desk.id ? pane : null;
	const [isAll, setAll] = useState(false);
	// Where nothing is visible yet and all is calm there is nothing to look at.
	const threads = (picture?.threads ?? []).filter((thread) => thread.title || levelOf(thread.level) !== 'calm');
	return (
		<section class="circle-card card" aria-label={desk.title()}>
			<header>
				<h3>
					<button type="button" class="card-title" aria-current={openHere?.kind === 'circle' ? 'true' : undefined} onClick={() => openCircle(desk.id)}>
						<bdi>{desk.title()}</bdi>
					</button>
				</h3>
				<LevelBadge level={hottest(desk)} />
			</header>
			<StateChips desk={desk} />
			{!picture ? (
				<p class="hint">{t('loading')}</p>
			) : (
				<>
					<CircleChart picture={picture} height={84} />
					<dl class="facts">
						<Fact label={d('fact.rate')} value={number(Math.round(picture.rate * 10) / 10)} />
						<Fact label={d('fact.waiting')} value={number(picture.waiting)} isHigh={picture.waiting > 20} />
						<Fact label={d('fact.newcomers')} value={number(picture.newcomers)} isHigh={picture.newcomers > 20} />
					</dl>
					{threads.length > 0 && (
						<>
							<h4>{d('threads')}</h4>
							<ol class="plain-list thread-rows">
								{threads.slice(0, isAll ? 20 : 4).map((thread) => (
									<ThreadRow
										key={thread.thread}
										circle={desk.id}
										thread={thread}
										isOpen={openHere?.kind === 'thread' && openHere.thread === thread.thread}
									/>
								))}
							</ol>
							{threads.length > 4 && (
								<button type="button" class="quiet" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
									{d(isAll ? 'less' : 'more.threads', { n: threads.length - 4 })}
								</button>
							)}
						</>
					)}
				</>
			)}
		</section>
	);
}

function CircleChart({ picture, height, withTable }: { picture: PictureOf; height: number; withTable?: boolean }) {
	const { at, crisis, heat } = curve(picture);
	if (at.length < 2) return <p class="hint">{d('chart.young')}</p>;
	return (
		<Chart
			at={at}
			height={height}
			withTable={withTable === true}
			label={`${d('chart.circle')}. ${told(at, crisis)}`}
			lines={[
				{ label: d('chart.crisis'), values: crisis, colour: '--curve', fill: true },
				{ label: d('chart.heat'), values: heat, colour: '--curve-2', isDashed: true },
			]}
		/>
	);
}

export function Picture() {
	const sorted = [...desks.value].sort((a, b) => need(b) - need(a));
	return (
		<section class="picture" aria-labelledby="picture-title">
			<header class="col-head">
				<h2 id="picture-title" tabIndex={-1}>
					{d('picture')}
				</h2>
			</header>
			<div class="scrolls picture-cards">
				{sorted.map((desk) => (
					<CircleCard key={desk.id} desk={desk} />
				))}
			</div>
		</section>
	);
}

/** What crises there were, how long, and how high they rose. */
function Incidents({ desk }: { desk: Desk }) {
	const [list, setList] = useState<Incident[] | null>(null);
	const read = () =>
		connection.ask<{ incidents: Incident[] }>('desk.incidents', { circle: desk.id }).then(
			(answer) => setList(answer.incidents),
			() => setList([]),
		);
	return (
		<details class="incidents" onToggle={(event) => event.currentTarget.open && void read()}>
			<summary>{d('incidents')}</summary>
			{!list && <p class="hint">{t('loading')}</p>}
			{list && !list.length && <p class="hint">{d('incidents.none')}</p>}
			<ul class="plain-list">
				{list?.map((one) => (
					<li>
						<p>
							<strong>{desk.presets.find((preset) => preset.id === one.preset)?.title ?? one.preset}</strong>{' '}
							<span class="muted">
								{dayAndClock(one.begun)} – {one.ended ? dayAndClock(one.ended) : d('incidents.now')}
								{one.begun_by && <> · {byName(one.begun_by)}</>}
							</span>
						</p>
						{one.reason && <p class="hint" dir="auto">{one.reason}</p>}
						{one.index?.peak !== undefined && <p class="hint">{d('incidents.peak', { n: percent(one.index.peak) })}</p>}
					</li>
				))}
			</ul>
		</details>
	);
}

/** Told as 0 to 1, or in thousandths. */
function percent(index: number): number {
	return Math.round(index > 1 ? index / 10 : index * 100);
}

function PaneHead({ title, sub }: { title: string; sub?: preact.ComponentChildren }) {
	return (
		<header class="item-head">
			<button type="button" class="icon-button back" aria-label={d('pane.close')} onClick={closePane}>
				<Icon name="back" turns />
			</button>
			<div class="item-title">
				<h2 tabIndex={-1} class="pane-title" dir="auto">
					{title}
				</h2>
				{sub && <p class="item-sub">{sub}</p>}
			</div>
		</header>
	);
}

/** One thread: its curve, its causes, its latest words, and what can be done about it. */
export function ThreadPane({ circle, thread }: { circle: string; thread: string }) {
	const desk = deskOf(circle);
	const told_ = desk?.picture.value?.threads.find((one) => one.thread === thread);
	const [events, setEvents] = useState<JournalEvent[]>([]);
	const isFrozen = desk?.state()?.frozen?.includes(thread) ?? told_?.frozen ?? false;
	const about = { kind: 'freeze' as const, circle, thread, isFrozen };
	useFocusTitle(circle + thread);
	useEffect(() => {
		let isWanted = true;
		connection.ask<{ events: JournalEvent[] }>('history.read', { circle, thread, limit: 30 }).then(
			(page) => isWanted && setEvents(page.events),
			() => undefined,
		);
		return () => {
			isWanted = false;
		};
	}, [circle, thread, told_?.messages]);
	useLayoutEffect(() => onKeys({ freeze: () => ask(about), close: closePane, crisis: () => ask({ kind: 'crisis', circle }), note: () => ask({ kind: 'note', circle, about: { thread } }) }), [thread, isFrozen]);
	const posts = new Map<string, JournalEvent>();
	for (const event of events) if (event.post) posts.set(event.post.id, event.kind === 'posted' || !posts.has(event.post.id) ? event : { ...event, at: posts.get(event.post.id)!.at });
	const at = told_?.series?.map((one) => one.at) ?? [];
	const values = told_?.series?.map((one) => one.escalation) ?? [];
	return (
		<div class="pane-frame">
			<PaneHead title={told_?.title ?? d('thread.untitled')} sub={<bdi>{desk?.title()}</bdi>} />
			<div class="pane-body">
				{told_ && (
					<>
						<p class="alert-line">
							<LevelBadge level={told_.level} />
							<Slope slope={told_.slope} isCooling={told_.is_cooling} />
							<span class="muted">
								{d('thread.messages', { n: told_.messages })} · <Ago at={told_.last_at} />
							</span>
							{isFrozen && (
								<span class="frozen">
									<Icon name="snow" />
									{d('frozen')}
								</span>
							)}
						</p>
						<Causes causes={told_.causes} />
						{at.length > 1 && (
							<Chart at={at} label={`${d('chart.thread')}. ${told(at, values)}`} withTable lines={[{ label: d('chart.temperature'), values, colour: '--curve', fill: true }]} />
						)}
					</>
				)}
				<h3>{d('thread.latest')}</h3>
				<div class="thread-around">
					{[...posts.values()].map((event) => (
						<ContextPost key={event.post!.id} circle={circle} post={event.post!} at={event.at} />
					))}
				</div>
			</div>
			<footer class="act-bar" role="group" aria-label={d('acts')}>
				<ActButton icon="snow" kind={isFrozen ? '' : 'primary'} shortcut="freeze" onClick={() => ask(about)}>
					{d(isFrozen ? 'thaw' : 'freeze')}
				</ActButton>
				<ActButton icon="bell" onClick={() => ask({ kind: 'notice', circle })}>
					{d('notice')}
				</ActButton>
				<ActButton icon="clock" onClick={() => ask({ kind: 'pace', circle })}>
					{d('pace')}
				</ActButton>
				<ActButton icon="note" kind="plain" shortcut="note" onClick={() => ask({ kind: 'note', circle, about: { thread } })}>
					{d('note')}
				</ActButton>
			</footer>
		</div>
	);
}

export function useFocusTitle(what: string): void {
	useEffect(() => {
		document.querySelector<HTMLElement>('.pane .pane-title')?.focus({ preventScroll: true });
	}, [what]);
}

/** One circle: its state, its switches, who speaks and who is spoken to. */
export function CirclePane({ circle }: { circle: string }) {
	const desk = deskOf(circle);
	useFocusTitle(circle);
	useLayoutEffect(() => onKeys({ close: closePane, crisis: () => ask({ kind: desk?.state()?.crisis ? 'crisisEnd' : 'crisis', circle }) }), [circle, desk?.state()?.crisis]);
	if (!desk) return null;
	const picture = desk.picture.value;
	const state = desk.state();
	const crisis = state?.crisis;
	return (
		<div class="pane-frame">
			<PaneHead
				title={desk.title()}
				sub={
					<>
						<LevelBadge level={hottest(desk)} />
						<button type="button" class="quiet" onClick={() => go({ circle })}>
							{d('circle.visit')}
						</button>
					</>
				}
			/>
			<div class="pane-body">
				{crisis && (
					<section class="crisis-box" aria-label={d('state.crisis')}>
						<p>
							<Icon name="storm" />
							<strong>{d('crisis.is', { preset: desk.presets.find((one) => one.id === crisis.preset)?.title ?? crisis.preset ?? '' })}</strong>{' '}
							<Left until={crisis.until} long />
						</p>
						{crisis.reason && <p dir="auto">{crisis.reason}</p>}
						<ActButton icon="undo" kind="primary" onClick={() => ask({ kind: 'crisisEnd', circle })}>
							{d('crisis.end')}
						</ActButton>
					</section>
				)}
				<StateChips desk={desk} />
				<div class="switches">
					<ActButton icon="clock" onClick={() => ask({ kind: 'pace', circle })}>
						{d('pace')}
					</ActButton>
					<ActButton icon="door" onClick={() => ask({ kind: 'door', circle })}>
						{d('door')}
					</ActButton>
					<ActButton icon="bell" onClick={() => ask({ kind: 'notice', circle })}>
						{d('notice')}
					</ActButton>
					<ActButton icon="pin" onClick={() => ask({ kind: 'pin', circle })}>
						{d(isPinned(state?.pinned) ? 'unpin' : 'pin')}
					</ActButton>
					<ActButton icon="storm" kind="grave" shortcut={crisis ? undefined : 'crisis'} onClick={() => ask({ kind: 'crisis', circle })}>
						{d(crisis ? 'crisis.other' : 'crisis')}
					</ActButton>
				</div>
				{picture && (
					<>
						<h3>{d('chart.circle')}</h3>
						<CircleChart picture={picture} height={160} withTable />
						{(picture.series?.length ?? 0) > 1 && (
						<ul class="plain-list chart-key">
							<li>
								<span class="key-line" aria-hidden="true" /> {d('chart.crisis')}
							</li>
							<li>
								<span class="key-line dashed" aria-hidden="true" /> {d('chart.heat')}
							</li>
						</ul>
						)}
						<dl class="facts">
							<Fact label={d('fact.rate')} value={number(Math.round(picture.rate * 10) / 10)} />
							<Fact label={d('fact.waiting')} value={number(picture.waiting)} />
							<Fact label={d('fact.newcomers')} value={number(picture.newcomers)} />
						</dl>
						{picture.voices?.length > 0 && (
							<>
								<h3>{d('voices')}</h3>
								<ul class="plain-list bars">
									{picture.voices.map((voice) => (
										<li>
											<button type="button" class="link-name" aria-haspopup="dialog" onClick={() => ask({ kind: 'person', circle, participant: voice.participant })}>
												<Name name={voice.participant.name} tag={voice.participant.tag} />
											</button>
											<meter min={0} max={1} value={voice.share} aria-hidden="true" />
											<span>{number(Math.round(voice.share * 100))}%</span>
										</li>
									))}
								</ul>
							</>
						)}
						{picture.addressed?.length > 0 && (
							<>
								<h3>{d('addressed')}</h3>
								<ul class="plain-list bars">
									{picture.addressed.map((one) => (
										<li>
											<button type="button" class="link-name" aria-haspopup="dialog" onClick={() => ask({ kind: 'person', circle, participant: one.participant })}>
												<Name name={one.participant.name} tag={one.participant.tag} />
											</button>
											<span>{d('addressed.by', { n: one.people, replies: one.replies })}</span>
										</li>
									))}
								</ul>
							</>
						)}
					</>
				)}
				<Incidents key={circle} desk={desk} />
			</div>
		</div>
	);
}
