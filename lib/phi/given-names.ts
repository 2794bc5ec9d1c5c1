/** Given names that are common in several countries. Those that are everyday words or places too stand apart: they need more beside them. */
const COMMON = `
aaron abdul abdullah abigail adam adele adrian adriana agnes ahmad ahmed aisha akira alan albert alberto alejandra alejandro alessandro alex alexander alexandra
alexandre alexei alfred alfredo ali alice alicia alina alison alistair allison alma amanda amara amelia amina amir amit amy ana anastasia anders andre andrea
andreas andrei andres andrew andrzej angela angelica angelo anil anita anja ann anna anne annette annika antoine anton antonia antonio anya arjun arthur arturo
asha ashley astrid audrey ava ayesha barbara bartholomew beata beatrice beatriz benjamin bernadette bernard bernice bethany beverly bianca bogdan boris brandon
brenda brendan brian brianna bridget bruno bryan caitlin cameron camila camille carla carlos carmen caroline catherine cecilia celia cesar chandra charles
cheryl chiara chidi chinwe chloe christian christina christine christoph christopher claire clara claudia clement colin colleen connor constance corinne cynthia
dagmar daniel daniela danielle darius dave david dawn deborah debra deepak deirdre denise dennis derek desmond diane diego dieter dimitri dmitri dolores dominic
donald donna doris dorothy douglas duncan ebony edith eduardo edward edwin eileen elaine eleanor elena eli elias elijah elisa elisabeth elizabeth ella ellen
elliot emeka emilia emily emma emmanuel enrique eric erica erik erika erin ernest ernesto esperanza esteban esther ethan eugene eva evan evelyn ezekiel fatima
fatoumata felicia felipe felix fernanda fernando fiona francesca francesco francisco franz frederick frieda gabriel gabriela gareth gary genevieve geoffrey george
gerald gerard gerhard giovanni gisela giulia gloria gonzalo gordon greg gregory greta guillermo gunnar gustavo hamza hana hannah hans harold harriet harry hasan
hassan heather hector heidi heinrich helen helena helga henrik henry herbert hiroshi hugo ibrahim ian ifeoma ignacio igor imran ines ingrid irene irina isaac
isabel isabella isaiah ismail ivan jack jacob jacqueline jakub jamal james jamie jan jane janet janice janine jaroslav jasmine jason javier jean jeff jeffrey
jennifer jens jeremy jerome jesse jessica jill joan joann joanna joanne joao joel johan johanna johannes john johnny jonas jonathan jorge jose josef joseph josephine
joshua joyce juan juanita judith julia julian juliana julie julien juliet jun jurgen justin kamala karen karim karin karl karol katarina kate katerina katherine
kathleen kathryn katja kavita kayla keisha keith kelechi kelly kenji kenneth kevin khadija khalid kimberly klaus kofi krzysztof kumar kwame kyle lakshmi lamar
larissa larry latoya laura lauren laurence lawrence leah leila leon leonard leonardo leroy leslie leticia liam lillian linda lisa lois lorenzo lorraine louis louise
lourdes lucas lucia lucinda lucy luis luisa lukas luke lydia lynn maeve magdalena mahmoud malcolm malik manuel marcel marcela marco marcus margaret margarita
maria mariam mariana marianne marie marilyn mario marjorie marlene marta martha martin martina marvin mary mateo mathieu matilda matteo matthew maureen maurice
mei melanie melissa mercedes meredith michael michaela michel michelle miguel mikhail milan mildred miriam mitchell mohamed mohammad mohammed moira monica monika
monique muhammad muriel murray mustafa myra nadia nadine naomi natalia natalie natasha nathan nathaniel neha neil nicholas nicola nicolas nicole nigel nikhil
nikolai nina noah noor nora norma norman nuala obinna oksana olga oliver olivia olu olumide omar ondrej oscar otto pablo padraig pamela paolo patricia patrick
paul paula paulo pavel pedro penelope peter petra philip philippe phoebe phyllis pierre piotr priya rachel rafael raj rajesh ralph ramon randall rania rashid raul
ravi raymond rebecca regina reginald renata rene ricardo richard rita robert roberta roberto rodrigo roger roland roman ronald rosalind rosa rosemary roxanne
ruben rudolf rupert russell ruth ryan sabine sabrina saeed sally salma salvador samantha samira samuel sandra sanjay santiago sara sarah saul sean sebastian
selena serena sergei sergio shane shanice shannon sharon sheila shirley shreya sibusiso sigrid silvia simon simone siobhan sofia sonia sonja sophia sophie stefan
stefania stella stephanie stephen steve steven stuart sunita suresh susan susana suzanne svetlana sven sylvia tadeusz takeshi tamara tamika tanya tara tatiana
teresa terrence thabo thandiwe theodore theresa thomas tiffany timothy tobias todd tomas tomasz tracy travis trevor tricia tyrone uche ulrich ursula valentina
valeria vanessa vera verena veronica vicente victor vijay vikram vincent virgil vivian vladimir walter wanda warren wayne wei wendy werner wilhelm william winifred
wolfgang xavier ximena yasmin yolanda yosef yuki yusuf yvette yvonne zachary zainab zofia zoe
`;
const DOUBLE = `
angel april art austin autumn bill blake brooke buck carol carter chance charity charlotte chase chelsea christian chuck cliff clay crystal dale dallas daisy dean
diamond drew earl emerald eve faith florence ford frank gene georgia ginger glen grace grant guy hazel heath holly honor hope hunter iris israel ivy jade jasper
jay jordan joy june kent kim lance lane laurel lee lily lincoln logan madison mark mason max may melody mercy miles myrtle nick norm olive paris parker pat patience
pearl penny pierce ray reed rich rob robin rod rose ruby rusty sage sam savannah scarlett scott sky stone sue sydney taylor terry troy tucker val victoria viola
violet virginia wade ward will willow winter art bob jim joe tom ben dan jo meg ted tim
`;

const split = (names: string) => names.trim().split(/\s+/);

export const GIVEN_NAMES: ReadonlySet<string> = new Set(split(COMMON));
/** Names that are words or places too. */
export const DOUBLE_NAMES: ReadonlySet<string> = new Set(split(DOUBLE));
