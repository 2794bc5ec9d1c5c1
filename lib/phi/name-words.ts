const list = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

/** What stands before a name and is no part of it. */
export const TITLES = list(
  'mr mrs ms miss mx dr prof professor doctor judge justice attorney nurse sir dame lord lady rev reverend father rabbi imam officer detective sergeant captain lieutenant colonel senator magistrate solicitor barrister señor señora herr frau madame monsieur counsel',
);

/** Who somebody is to the writer: a name is likely to follow, with or without `is`, `,` or `:`. */
export const ROLES = list(
  `patient client plaintiff defendant claimant beneficiary borrower insured applicant spouse wife husband son daughter mother father mom mum dad brother sister
  guardian caregiver carer employee tenant landlord witness petitioner respondent appellant cosigner co-signer guarantor payee payer policyholder cardholder
  accountholder holder subscriber guest caller attendee physician surgeon therapist dentist pharmacist partner fiance fiancee aunt uncle cousin nephew niece
  grandmother grandfather grandson granddaughter neighbor neighbour roommate colleague boss manager supervisor decedent testator executor trustee grantor
  settlor lessee lessor buyer seller debtor creditor colleague custodian donor resident inmate detainee student child baby infant friend adviser advisor paralegal`,
);

/** Pairs and words after which a name stands at once. */
export const OPENINGS = list(
  'name named names called dear hi hello hey regards sincerely signed attn attention contact cc thanks cheers yours',
);

/** Small words within names. */
export const PARTICLES = list('de del della der den van von da dos das di du la le bin ibn al el ter ten st y e af av zu');

/** After a name with a comma: `Jane Roe, MD`. */
export const CREDENTIALS = list('md do rn np pa phd esq jd mph dds dmd facs lcsw cpa cfa dpm od lpn aprn crnp pharmd qc kc mbbs frcp');

/** Words that begin with a capital and are no names: of time, of organisations and their parts, of products, and those that begin sentences. */
export const NO_NAMES = list(`
monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december
the a an and or but if when while after before since because although this that these those there here what who why how where which whose is are was were be been
do does did has have had can could will would should shall may might must not no yes ok okay please thank thanks sorry sure well also then now today tomorrow
yesterday tonight i you he she it we they my your his her its our their me him us them mine yours ours on in at by for from to of with without about under over
between into during per via as so such all any each every both few many more most other some one two three four five six seven eight nine ten first second third
last next new old former current acting senior junior chief vice deputy assistant associate general
hospital clinic medical medicine center centre health healthcare care department dept unit ward room suite floor office building tower hall house campus school
university college institute academy laboratory lab pharmacy practice surgery dental radiology cardiology oncology neurology pediatrics paediatrics emergency
intensive icu er er's laboratories diagnostics imaging nursing hospice rehabilitation
bank banking credit union trust financial finance capital savings insurance mutual fund funds investments securities holdings partners group company corp corporation
inc llc ltd llp plc gmbh association society foundation agency bureau authority administration service services solutions systems technologies technology software
court courts supreme district circuit superior appellate county city state states federal national international united republic kingdom commission committee board
council senate house congress parliament government ministry department police sheriff
street avenue road lane drive boulevard court place square terrace way highway parkway circle crescent close park garden gardens bridge river lake mount mountain
north south east west northern southern eastern western central upper lower
act law code section article rule rules title chapter regulation statute amendment exhibit schedule appendix form clause contract agreement motion order petition
complaint brief affidavit deposition will trust estate probate discovery hearing trial
medicare medicaid hipaa gdpr nhs irs fda cdc cms dea npi ssn mrn dob icd ehr emr mri ct xray pdf csv api sdk url http https json xml html sql aws gcp
portal account number id code plan policy claim invoice statement report record records note notes chart file form letter email phone fax address date time version
support help desk team staff customer client patient patients provider providers member members user users agent agents assistant admin administrator system
model gpt claude gemini llama openai anthropic google microsoft amazon apple facebook twitter linkedin github slack zoom salesforce epic cerner excel word windows
linux android iphone visa mastercard amex paypal discover english spanish french german italian chinese japanese korean arabic hindi portuguese russian american
british european african asian indian mexican canadian australian latin hispanic christian jewish muslim catholic christmas easter thanksgiving ramadan
aspirin ibuprofen tylenol lipitor metformin insulin warfarin amoxicillin lisinopril covid influenza diabetes parkinson alzheimer crohn hodgkin hashimoto
refill prescription appointment visit discharge admission diagnosis treatment allergy allergies medication medications blood pressure heart lung liver kidney
summary history intake referral consent release request review update status question answer message conversation session tool call response prompt data
payment transfer deposit withdrawal balance loan mortgage card debit checking interest rate fee tax taxes income wire routing quarter quarterly annual monthly
plaintiff defendant counsel attorney judge justice honor court's motion re subject regarding attn cc bcc ps fyi asap eta tbd na
reviewed confirmed denied approved pending closed open resolved escalated signed dated sent received called seen given taken
access administrator's privacy security compliance training onboarding billing scheduling coverage benefits eligibility authorization
`);

/** Beginnings of sentences that tell somebody to do something: the name, if there is one, comes after. */
export const COMMANDS = list(`
ask tell call contact bill send email mail fax notify remind thank meet give transfer update wire draft register convert inform invite text message phone ping page
bring show visit see read check open close press click select enter type add remove delete create make take put get let keep find look try use review verify
confirm approve deny reject sign submit upload download print save copy move pay refund charge cancel schedule reschedule book order buy sell ship deliver return
describe explain compare summarize summarise translate list draft write reply forward attach redact preserve transferred reached spoke saw met told asked served
is are was were did does do has have had will would can could should may dial log login follow treat start stop hold wait repeat note
`);

/** After these a single capitalised word is somebody: `ask Tariq`, `thank you, Mirela`. */
export const ADDRESSING = list(
  'ask asked tell told call called contact contacted remind reminded notify notified inform informed met saw phoned texted emailed thanked invited',
);

/** What people do, and companies hardly: `said Bergqvist`, `Leif wrote`. */
export const OF_PEOPLE = list(`
says said asks asked tells told wrote writes replied replies shouted cried thinks thought feels felt lives lived died married wants wanted phoned fell complained
whispered laughed smiled apologised apologized worries worried remembers remembered hopes hoped prefers preferred
`);

/** `Asya's wife`. */
export const KIN = list(
  'wife husband son daughter mother father mom mum dad brother sister kid kids child children baby aunt uncle cousin nephew niece partner spouse parents family chart',
);

/** Organisations known by two names that could be a person's, and expressions that look like one. */
export const NO_PEOPLE = list(`
goldman_sachs morgan_stanley wells_fargo merrill_lynch johns_hopkins mount_sinai cedars_sinai kaiser_permanente charles_schwab jp_morgan dow_jones blue_cross
blue_shield red_hat general_electric procter_gamble eli_lilly arthur_andersen ernst_young harley_davidson louis_vuitton best_buy home_depot black_friday
cyber_monday good_morning good_afternoon good_evening good_night happy_birthday brent_crude visual_basic node_js power_point hong_kong puerto_rico costa_rica
sri_lanka saudi_arabia el_salvador buenos_aires rio_grande kuala_lumpur tel_aviv abu_dhabi baton_rouge des_moines salt_lake silicon_valley wall_street
oak_park palo_alto notre_dame ivy_league green_card next_generation pro_bono habeas_corpus amicus_curiae prima_facie roth_ira glasgow_coma
`);

/** Words of companies' names, and of headings where each word has a capital. */
export const THINGS = list(`
logistics industries freight lines energy foods motors airlines airways media labs ventures global international enterprise enterprises consulting retail stores
supply manufacturing pharma pharmaceuticals biotech hotels resorts realty properties homes builders associates brothers sons bancorp studios networks network
communications electric electronics power steel oil gas petroleum chemicals mining logistics transport transportation shipping express delivery foods beverages
coffee restaurant restaurants cafe grill kitchen market markets marketing sales research analytics data cloud digital online mobile web app apps security safety
findings steps items item overview contents index figures figure tables table page pages line lines notes instructions instruction guidelines guideline policy
policies procedure procedures process protocol protocols schedule schedules requirements requirement terms conditions definitions scope purpose background
introduction conclusion conclusions results result methods method discussion references reference abstract acknowledgements signs sign symptoms symptom vital past
present family social medical surgical physical mental chief complaint complaints exam examination test tests score scale level levels rate rates ratio
range type types category categories class classes group groups activity activities recent total totals amount amounts average number numbers value values
due start end begin final draft annual daily weekly main primary secondary key important urgent critical high low medium normal abnormal positive negative
success failure error errors warning warnings info debug internal external server client database queue job jobs worker file files folder folders not found
proof burden relief standard business public private personal home work free full partial open closed active inactive enabled disabled required optional
customer customers manager managers product products project projects program programs event events case cases document documents contract contracts
blue red green black white brown gray grey orange silver gold golden star sun moon sea ocean sky fire water air earth stone rock iron tree oak pine maple cedar
royal imperial grand great big small little long short young old good best better super ultra mega mini micro
days day week weeks month months year years hours hour minutes minute morning afternoon evening night spring summer autumn fall winter
therapy therapies surgery disease syndrome disorder cancer tumor infection virus vaccine drug drugs dose doses tablet tablets capsule injection
`);

/** Places whose names two capitalised words are, and surnames are not. */
export const PLACES = list(
  `york angeles francisco diego antonio jersey mexico hampshire zealand carolina dakota orleans vegas louis paul cruz island islands beach springs falls rapids
  heights hills valley city creek grove harbor harbour county coast bay ridge woods point junction`,
);
