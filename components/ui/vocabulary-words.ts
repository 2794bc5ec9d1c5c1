/** As reports write them too. */
export { actionWords, breakWords, plainWords, roleWords, scopeWords, VERDICT_WORDS } from '@/lib/schema/vocabulary-words';
