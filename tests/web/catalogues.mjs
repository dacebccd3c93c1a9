#!/usr/bin/env node
// Every sentence in every language, with the same places to fill in and all the forms of number that the
// language has; and none that nobody says.
import { readFileSync, readdirSync } from 'node:fs';
import { join as path } from 'node:path';
import { check, equal, main, ROOT, test } from './lib/web.mjs';

const web = path(ROOT, 'clients/web/src');
const read = (folder, lang) => JSON.parse(readFileSync(path(web, folder, `${lang}.json`), 'utf8'));
/** The page's own sentences, and those that come with the moderators' script: said by `t` and by `d`. */
const sets = ['texts', 'texts/desk'].map((folder) => ({
	folder,
	by: folder === 'texts' ? 't' : 'd',
	catalogues: { he: read(folder, 'he'), ar: read(folder, 'ar'), en: read(folder, 'en') },
}));
const forms = { he: ['one', 'two', 'other'], ar: ['zero', 'one', 'two', 'few', 'many', 'other'], en: ['one', 'other'] };
const script = { he: /[א-ת]/, ar: /[\u0621-\u064A]/, en: /[A-Za-z]/ };

const places = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

test('the three catalogues have the same sentences, in alphabetical order', () => {
	for (const { catalogues, folder } of sets) {
		const keys = Object.keys(catalogues.en);
		equal(Object.keys(catalogues.he), keys, `${folder} he`);
		equal(Object.keys(catalogues.ar), keys, `${folder} ar`);
		for (let i = 1; i < keys.length; i++) check(keys[i - 1] < keys[i], `${folder} ${keys[i]} stands in its place`);
	}
});

test('each sentence is written in its language and has the places of the others', () => {
	for (const { catalogues } of sets) for (const key of Object.keys(catalogues.en)) {
		const english = catalogues.en[key];
		const wanted = typeof english === 'string' ? places(english) : places(english.other);
		for (const [lang, catalogue] of Object.entries(catalogues)) {
			const text = catalogue[key];
			equal(typeof text, typeof english, `${lang} ${key}: one form or several`);
			const last = typeof text === 'string' ? text : text.other;
			check(last.trim() && script[lang].test(last), `${lang} ${key}: ${last}`);
			equal(places(last), wanted, `${lang} ${key}: places`);
		}
	}
});

test('what is counted has every form that its language counts by', () => {
	for (const [lang, catalogue] of sets.flatMap(({ catalogues }) => Object.entries(catalogues)))
		for (const [key, text] of Object.entries(catalogue)) {
			if (typeof text === 'string') continue;
			// Any language may have words of its own for none.
			const counted = Object.keys(text).filter((form) => form !== 'zero' || forms[lang].includes(form));
			equal(counted.sort(), [...forms[lang]].sort(), `${lang} ${key}`);
		}
});

test('the page says every sentence that is there, and asks for none that is not', () => {
	const sources = [];
	const walk = (folder) => {
		for (const entry of readdirSync(folder, { withFileTypes: true }))
			if (entry.isDirectory()) walk(path(folder, entry.name));
			else if (/\.tsx?$/.test(entry.name)) sources.push(readFileSync(path(folder, entry.name), 'utf8'));
	};
	walk(web);
	const all = sources.join('\n');
	const literal = new Set([...all.matchAll(/'([\w.]+)'/g)].map((match) => match[1]));
	for (const { by, catalogues } of sets) {
		const families = [...all.matchAll(new RegExp('\\b' + by + '\\([^)`]*`([\\w.]+)\\.\\$\\{', 'g'))].map((match) => match[1] + '.');
		if (by === 'd') families.push(...[...all.matchAll(/\bnamed\('(\w+)'/g)].map((match) => match[1] + '.'));
		for (const key of Object.keys(catalogues.en))
			check(literal.has(key) || families.some((family) => key.startsWith(family)), `nobody says ${key}`);
		for (const match of all.matchAll(new RegExp('\\b' + by + "\\(\\s*'([^']+)'", 'g')))
			check(match[1] in catalogues.en, `${match[1]} is missing`);
	}
});

test('what the server names as a cause, and what filters find, has words at the desk', () => {
	const read = (name) => readFileSync(path(ROOT, name), 'utf8');
	const desk = sets.find(({ by }) => by === 'd').catalogues;
	const after = (text, from) => text.slice(text.indexOf(from));
	const causes = [
		...[...read('filters/thread.c').matchAll(/\[CAUSE_\w+\] = "(\w+)"/g)],
		...[...after(read('server/calls/pulse.c'), 'pulse_circle_causes').matchAll(/\{"(\w+)", /g)],
		...[...read('server/calls/alert_due.c').matchAll(/"\\"(\w+)\\""/g)],
		...[...read('server/calls/desk_alert.c').matchAll(/\.causes = "\[\\"(\w+)/g)],
	].map((match) => match[1]);
	const symbols = [...read('config/civility/symbols.conf').matchAll(/^symbol (\w+)/gm)].map((match) => match[1]);
	check(causes.length >= 14 && symbols.length >= 20, `only ${causes.length} causes and ${symbols.length} symbols were found`);
	for (const [lang, catalogue] of Object.entries(desk)) {
		for (const cause of causes) check(catalogue[`cause.${cause}`], `${lang}: no words for the cause ${cause}`);
		for (const symbol of symbols) check(catalogue[`symbol.${symbol}`], `${lang}: no words for ${symbol}`);
	}
});

test('nothing that people read stands in the code itself', () => {
	for (const folder of ['participant', 'parts', 'moderator'])
		for (const name of readdirSync(path(web, folder))) {
			const source = readFileSync(path(web, folder, name), 'utf8').replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '');
			check(!/[א-ת\u0621-\u064A]/.test(source.replace(/[׃؟،؛]/g, '')), `${folder}/${name} has Hebrew or Arabic words`);
		}
});

await main();
