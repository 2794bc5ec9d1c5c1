import type { Dialogues, PromptHistory } from '../words';

export const LAW_WORDS: Dialogues = {
  'Client intake': [
    {
      asks: [
        'New client, $subject: dispute with a former employer over a non-compete.',
        'Intake of $subject, partnership, wants advice on a lease.',
      ],
      answers: [
        'I have opened an intake for $subject. Before anything else: the name of the employer, for the check of conflicts, and the date by which the client must answer.',
        'Opened. Please give me the names of the landlord and of both partners; the conflict check runs when I have them.',
      ],
    },
    {
      asks: ['The employer is Norwell Systems. The letter gives them until the 28th.'],
      answers: ['Noted. The deadline stands in the calendar with a reminder five days before. The conflict check has been started.'],
    },
  ],
  'Conflict check': [
    {
      asks: ['Check Norwell Systems, and its directors, against our clients.'],
      answers: [
        'One match: a matter closed in 2019, for a subsidiary, handled by Mr. Ashby. I do not see what it was about, and should not. The general counsel decides whether it stands in the way.',
      ],
    },
  ],
  'Document review': [
    {
      asks: ['Go through the folder of $subject and mark what mentions the side letter.'],
      answers: [
        'Of 214 documents 31 mention it: 26 e-mails, four drafts and one memorandum. Nine are between client and counsel; I have marked these as possibly privileged and opened none of their attachments.',
      ],
    },
    {
      asks: ['Which is the oldest?'],
      answers: ['An e-mail of 14 March 2021, in which the side letter is called “the short version”. It is document 88.'],
    },
  ],
  'Privilege log': [
    {
      asks: ['Make the privilege log for the production in $subject.'],
      answers: [
        'For the log I would have to open documents under privilege, and there is no grant for that in this matter. A partner can give one. I have listed dates, senders and recipients of 46 documents from their headers alone.',
      ],
    },
  ],
  'Contract comparison': [
    {
      asks: ['What changed between their draft of Monday and ours?', 'Compare the two leases of $subject.'],
      answers: [
        'Four changes: liability capped at the fees of six months, where ours has twelve; arbitration in place of the courts; assignment without consent; and in 9.2 “may” in place of “shall”. The rest are words.',
        'They differ in the rent’s index, the notice (nine months against six), and the repair of the roof, which the second one lays on the tenant.',
      ],
    },
    {
      asks: ['Draft an answer on 9.2.'],
      answers: [
        'Draft: “We cannot accept the change in 9.2. Notice is the only protection that the clause leaves us, and has to be owed.” It stands in the matter as a draft.',
      ],
    },
  ],
  'Court deadline': [
    {
      asks: ['The ruling was served on the 3rd. Until when do we appeal in $subject?'],
      answers: [
        'Thirty days from service end on the 2nd, which is a Sunday; under Rule 6(a)(1)(C) the period runs until Monday, the 3rd. Both dates are in the calendar. A lawyer has to confirm the computation.',
      ],
    },
  ],
  'Invoice narrative': [
    {
      asks: ['Write the narratives for March in $subject, from the time sheets.'],
      answers: [
        'Nine entries, 14.3 hours. I have left out names of witnesses and what was said by the client, as the client’s guidelines ask. Two entries of the 11th seem to be the same call; please look.',
      ],
    },
  ],
  "Client's question about the matter": [
    {
      asks: ['Has the other side answered yet? And what does this cost me so far?'],
      answers: [
        'Their answer is due on Friday; so far nothing has come. Fees until yesterday are $3,180, of which $2,000 are covered by your advance. Your lawyer will call you on Monday.',
      ],
    },
    {
      asks: ['Should I talk to them myself?'],
      answers: [
        'Please do not. What you say to them can be used, and your lawyer would have to answer for it. If they call you, say that you are represented.',
      ],
    },
  ],
};

export const LAW_PROMPT: PromptHistory = {
  base: [
    'You support the lawyers of Harlan & Pryce. You prepare; a lawyer decides and signs.',
    'What passes between a client and counsel is privileged. Do not open it without a grant for that matter.',
    'Deadlines: say the rule, the computation and the date, and that a lawyer has to confirm it.',
    'Quote documents by their number.',
  ],
  changes: {
    r12: { add: ['Say what you have not read.'] },
    r13: { after: 'Deadlines', add: ['Never advise a client. Pass the question on, and say that you do.'] },
    r14: { drop: ['Quote documents'], add: ['Quote documents by number and page.', 'Invoices name no witness.'] },
  },
};
