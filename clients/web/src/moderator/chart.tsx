// chart.tsx: a temperature over the last hour: drawn by uPlot in the page's own colours, and told as a
// sentence and a table for whoever does not see it.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { clock, number } from '../texts/texts';
import { d } from './texts';
import { lang } from './participant';

export interface Line {
	label: string;
	values: (number | null)[];
	/** The name of a colour in tokens.css. */
	colour: string;
	isDashed?: boolean;
	fill?: boolean;
}

const HEIGHT = 120;

function colourOf(element: Element, name: string): string {
	if (matchMedia('(forced-colors: active)').matches) return name === '--line' ? 'GrayText' : 'CanvasText';
	return getComputedStyle(element).getPropertyValue(name).trim() || '#888';
}

function options(element: HTMLElement, lines: Line[], height: number, isBare: boolean): uPlot.Options {
	const ink = colourOf(element, '--muted');
	const grid = { stroke: colourOf(element, '--line'), width: 1 };
	return {
		width: Math.max(120, element.clientWidth),
		height,
		cursor: { show: false },
		legend: { show: false },
		select: { show: false, left: 0, top: 0, width: 0, height: 0 },
		padding: isBare ? [4, 4, 2, 4] : [8, 20, 0, 0],
		// Ten minutes at least: three points in a row are no trend.
		scales: { x: { time: true, range: (_chart, from, to) => [Math.min(from, to - 600), to] }, y: { range: [0, 1] } },
		axes: isBare
			? [{ show: false }, { show: false }]
			: [
					{
						stroke: ink,
						grid: { show: false },
						ticks: { show: false },
						space: 60,
						incrs: [120, 300, 600, 900, 1800, 3600],
						size: 24,
						font: '12px system-ui',
						values: (_chart, splits) => splits.map((at) => clock(at * 1000)),
					},
					{
						stroke: ink,
						grid,
						ticks: { show: false },
						size: 38,
						font: '12px system-ui',
						splits: () => [0, 0.5, 1],
						values: (_chart, splits) => splits.map((at) => number(Math.round(at * 100))),
					},
				],
		series: [
			{},
			...lines.map(
				(line): uPlot.Series => ({
					label: line.label,
					stroke: colourOf(element, line.colour),
					width: line.isDashed ? 1.5 : 2.25,
					...(line.isDashed ? { dash: [4, 4] } : {}),
					...(line.fill ? { fill: translucent(colourOf(element, line.colour)) } : {}),
					points: { show: false },
					spanGaps: true,
				}),
			),
		],
	};
}

function translucent(colour: string): string {
	return /^#[0-9a-f]{6}$/i.test(colour) ? colour + '22' : 'transparent';
}

export function Chart(props: { at: string[]; lines: Line[]; label: string; height?: number; isBare?: boolean; withTable?: boolean }) {
	const place = useRef<HTMLDivElement>(null);
	const chart = useRef<uPlot | null>(null);
	const latest = useRef(props);
	latest.current = props;

	const data = (): uPlot.AlignedData => {
		const { at, lines } = latest.current;
		return [at.map((one) => Date.parse(one) / 1000), ...lines.map((line) => line.values)] as uPlot.AlignedData;
	};
	useEffect(() => {
		const element = place.current!;
		const draw = () => {
			chart.current?.destroy();
			chart.current = new uPlot(
				options(element, latest.current.lines, latest.current.height ?? HEIGHT, latest.current.isBare === true),
				data(),
				element,
			);
		};
		draw();
		let width = element.clientWidth;
		const observer = new ResizeObserver(() => {
			if (element.clientWidth === width || !element.clientWidth) return;
			width = element.clientWidth;
			chart.current?.setSize({ width, height: latest.current.height ?? HEIGHT });
		});
		observer.observe(element);
		// Light turns dark in the evening: the curves go with the page.
		const schemes = [matchMedia('(prefers-color-scheme: dark)'), matchMedia('(forced-colors: active)')];
		for (const scheme of schemes) scheme.addEventListener('change', draw);
		return () => {
			observer.disconnect();
			for (const scheme of schemes) scheme.removeEventListener('change', draw);
			chart.current?.destroy();
			chart.current = null;
		};
	}, [lang.value, props.lines.length]);
	useEffect(() => {
		chart.current?.setData(data());
	}, [props.at[props.at.length - 1], props.at.length]);

	const step = Math.max(1, Math.floor(props.at.length / 12));
	const rows = props.at.map((at, i) => ({ at, i })).filter(({ i }) => i % step === 0 || i === props.at.length - 1);
	return (
		<figure class="chart">
			<div ref={place} class="chart-place" dir="ltr" role="img" aria-label={props.label} />
			{props.withTable && (
				<details class="chart-table">
					<summary>{d('chart.table')}</summary>
					<table>
						<thead>
							<tr>
								<th scope="col">{d('chart.time')}</th>
								{props.lines.map((line) => (
									<th scope="col">{line.label}</th>
								))}
							</tr>
						</thead>
						<tbody>
							{rows.map(({ at, i }) => (
								<tr>
									<th scope="row">{clock(at)}</th>
									{props.lines.map((line) => (
										<td>{line.values[i] == null ? '–' : number(Math.round(line.values[i]! * 100))}</td>
									))}
								</tr>
							))}
						</tbody>
					</table>
				</details>
			)}
		</figure>
	);
}

/** The curve in a sentence: where it began, where it is, the highest. */
export function told(at: string[], values: (number | null)[]): string {
	const known = values.map((value, i) => ({ value, i })).filter((one): one is { value: number; i: number } => one.value != null);
	if (!known.length) return d('chart.nothing');
	const percent = (value: number) => Math.round(value * 100);
	const highest = known.reduce((most, one) => (one.value > most.value ? one : most));
	return d('chart.told', {
		from: percent(known[0]!.value),
		to: percent(known[known.length - 1]!.value),
		most: percent(highest.value),
		when: clock(at[highest.i]!),
	});
}
