/** A clinic, its patients and their agents. Made up, one sentence a line; what is to be found stands as ⟦type|text⟧. */
export const HEALTH = `
Patient ⟦person_name|Rosalind Achebe⟧ was admitted on ⟦date|March 3, 2024⟧ with chest pain.
Mr. ⟦person_name|Tolliver⟧ says the new tablets make him dizzy in the mornings.
Please call the daughter, ⟦person_name|Wren Castellano⟧, at ⟦phone|(617) 555-0182⟧ before discharge.
MRN ⟦mrn|00482913⟧ was merged with the duplicate chart yesterday.
The ⟦age_over_89|94-year-old⟧ widow lives alone and uses a walker.
Your refill will be ready after 5 pm at the pharmacy on the corner.
DOB ⟦date|07/19/1956⟧, allergic to penicillin.
A1C is 7.2, down from 8.1 at the last visit.
Referred by Dr. ⟦person_name|Okonkwo-Hale⟧ (NPI ⟦npi|1459151027⟧) for a cardiology consult.
Send the results to ⟦email|t.lindqvist@northshore-clinic.org⟧ and copy the practice manager.
Assessment: type 2 diabetes, ICD-10 code ⟦diagnosis_code|E11.65⟧.
Take one tablet twice daily with food for 10 days.
She turned ⟦age_over_89|97⟧ last month and still drives.
Blood pressure 148/92, pulse 76, temperature 98.6.
Emergency contact: ⟦person_name|Ignatius Brandt⟧, husband, cell ⟦phone|415-555-0139⟧.
The patient's Medicare number is ⟦mbi|3PP2GY5QP59⟧.
Vitamin B12 and D3 levels are within normal range.
Visit date ⟦date|2024-02-11⟧: follow-up after knee replacement.
I'm ⟦person_name|Saoirse Kavanagh⟧ and I need to move my appointment.
Can you tell me what the side effects of metformin are?
Hospital number ⟦mrn|H-2093817⟧, ward 7, bed 12.
Patient lives at ⟦address|2219 Birchwood Avenue, Duluth, MN 55803⟧ with two cats.
NHS number ⟦nhs_number|661 715 2131⟧ confirmed with the caller.
Her mother died on ⟦date|12 May 2019⟧ of a stroke.
The clinic opens at 8:30 and closes at 17:00 on weekdays.
DEA number ⟦dea_number|BN0586036⟧ appears on the hydrocodone script.
Fax the consent form to ⟦phone|312.555.0174⟧ today please.
⟦person_name|Kwabena Osei⟧ (SSN ⟦ssn|300-79-2870⟧) asked for a copy of his chart.
Pt is a 67-year-old man with COPD and a 40 pack-year history.
He is ⟦age_over_89|101 years old⟧ and sharp as a tack.
Diagnoses: ⟦diagnosis_code|I10⟧, ⟦diagnosis_code|N18.3⟧ and ⟦diagnosis_code|J44.9⟧.
The study enrolled 1,204 participants across 17 sites.
Spoke with Nurse ⟦person_name|Pettibone⟧ about the wound dressing.
Please upload the images at ⟦url|https://portal.northshore-clinic.org/upload?case=88213⟧.
Lab specimen 4471 was rejected because the tube was not labelled.
Dear Mrs. ⟦person_name|Abernathy⟧, your mammogram was normal.
Seen by ⟦person_name|Priyanka Raghunathan⟧, MD on ⟦date|Nov 4⟧.
Fasting glucose 5.4 mmol/L, cholesterol 4.9.
The ambulance went to ⟦address|14 Ferndale Close, Leeds LS8 2RT⟧.
Patient ID: ⟦mrn|7730152-B⟧
Ibuprofen 400 mg every 6 hours, no more than 1200 mg a day.
Her insurance member ID is ⟦account_number|XQZ884120931⟧.
⟦person_name|Delphine Marchetti⟧ has been on warfarin since ⟦date|June 2021⟧.
My husband ⟦person_name|Oluwaseun⟧ has a fever of 39.4.
Room 302 needs a new infusion pump.
Next appointment ⟦date|14/08/2025⟧ at 10:15 with the physiotherapist.
CPT 99213 was billed instead of 99214.
Message from ⟦email|j_okafor82@gmail.example⟧: the rash has spread.
Records show a colonoscopy in 2018 and another in 2023.
At ⟦age_over_89|92⟧, she declined further chemotherapy.
I was born on ⟦date|the 3rd of May, 1971⟧, if that helps.
Please describe the pain on a scale from 1 to 10.
The chart for ⟦person_name|Bjornsson, Elin⟧ has the wrong blood type.
⟦person_name|Mateus Figueiredo⟧ was discharged ⟦date|01/22/24⟧ to a skilled nursing facility.
Medicare Part B covers 80% of the approved amount.
Patient called from ⟦phone|+1 (503) 555-0121⟧, no voicemail left.
Note: ⟦person_name|Agnieszka W.⟧ prefers an interpreter.
Encounter ⟦mrn|E20240311-7745⟧ closed without a signature.
The Parkinson disease clinic meets on Thursdays.
Prescriber ⟦person_name|Hollis Van Der Berg⟧, DEA ⟦dea_number|BK9955660⟧, NPI ⟦npi|2648039370⟧.
Hodgkin lymphoma was ruled out by biopsy.
His wife ⟦person_name|Marguerite⟧ will drive him home.
An age of 45 or more qualifies for screening.
Please do not share this link with anyone else.
The device at ⟦ip_address|131.117.124.119⟧ stopped sending telemetry at 02:14.
⟦person_name|Hyacinth Bouvier-Jones⟧ complained about the waiting time.
Vaccinated against influenza on ⟦date|10-15-2023⟧ in the left arm.
Dosage was raised from 5 mg to 7.5 mg in week 3.
She moved to ⟦address|P.O. Box 771, Bangor, ME 04402⟧ after the divorce.
The ⟦age_over_89|ninety-three-year-old⟧ fell in the bathroom.
Ask ⟦person_name|Tariq⟧ whether he still has the inhaler.
Ward round at nine, family meeting at two.
Cardiology Associates will call you to schedule.
Insurance card shows group number ⟦account_number|0098431-07⟧ and payer 60054.
Is it safe to take paracetamol while breastfeeding?
Patient ⟦person_name|Yevgeniya Sokolova⟧, MRN: ⟦mrn|A1194420⟧, allergic to latex.
Her son's phone is ⟦phone|07700 900461⟧.
Primary diagnosis ⟦diagnosis_code|F32.1⟧; secondary ⟦diagnosis_code|G47.00⟧.
Lot number 8F3321 expires in September.
GP surgery: ⟦phone|0113 496 0812⟧.
Please find attached the discharge summary for ⟦person_name|Caoimhe Ní Bhriain⟧.
Troponin peaked at 14.2 ng/mL on day 2.
Mr ⟦person_name|Vasquez-Montoya⟧ underwent a left hip replacement last Tuesday, ⟦date|6 February 2024⟧.
The average patient waits 23 minutes.
Her driver's licence ⟦license_number|D4419-2280-7713⟧ was used as identification.
Ticket HX-4471: the portal shows the wrong clinic hours.
Patient reports that ⟦person_name|Maria⟧ at the front desk was rude.
⟦person_name|Thaddeus Okoro-Lindgren⟧ — DOB: ⟦date|1962-11-30⟧ — ward 4B.
St. Mary's Hospital has 412 beds.
Video visit link: ⟦url|https://visits.example.health/r/9f2c-77aa⟧
Wt 82 kg, Ht 178 cm, BMI 25.9.
Bring your card and a list of medications.
Caller states her name is ⟦person_name|Philippa Nwosu⟧ and she feels faint.
He was seen in the ED at ⟦date|03/02/2024⟧ with dyspnea.
The trial ran from 2016 to 2019 in four countries.
Next of kin: ⟦person_name|Anselm Richter⟧, ⟦address|Lindenstraße 44⟧, 80331 München.
Serum creatinine 1.1; eGFR above 60.
Contact ⟦person_name|Nkechi⟧ on ⟦phone|+44 7911 123456⟧ after 6 pm.
Room temperature must stay between 18 and 22 degrees.
⟦person_name|Lakshmi Venkataraman⟧ had twins on ⟦date|29 February 2024⟧.
Patient portal password resets take ten minutes.
Please give Mr. and Mrs. ⟦person_name|Delacroix⟧ the leaflet about falls.
Medical record number is ⟦mrn|55-01-93-7⟧.
Use code SAVE20 at checkout for the thermometer.
Height 5'9", blood group O negative.
Her SSN ends in 4471 but she did not give the rest.
The ⟦age_over_89|91 y/o⟧ presents with confusion and a UTI.
Dr. ⟦person_name|House⟧ is a television series, not a doctor here.
Consent was signed by ⟦person_name|Emeric Valcourt⟧ on ⟦date|17.09.2023⟧.
Chapter 4 covers insulin storage.
The sample of 12 Oak trees is for the allergy study.
Insurance: Aetna, subscriber ⟦account_number|W229081734⟧, effective ⟦date|January 1⟧.
The IP of the infusion pump is ⟦ip_address|192.0.2.129⟧.
Her oncologist ⟦person_name|Quillon Farrow⟧ retired in 2020.
How many calories are in a banana?
Allergies: none. Smoker: no. Alcohol: 2 units a week.
Reached ⟦person_name|Bronwyn⟧ at ⟦phone|029 2018 0345⟧, she will come on Monday ⟦date|4 March⟧.
Do not exceed 4 g of acetaminophen in 24 hours.
Patient ⟦person_name|李伟⟧ asked for an interpreter.
⟦person_name|josefina del rio⟧ wrote: please cancel my visit.
Thank you, ⟦person_name|Mirela⟧! See you next week.
The vaccine fridge was out of range for 35 minutes.
Chart number ⟦mrn|991827364⟧; payer code 12.
⟦person_name|Idris Elmahdi⟧ missed three doses in ⟦date|October 2023⟧.
Physiotherapy twice weekly for six weeks.
Address on file: ⟦address|77 Kestrel Ct Apt 3B, Boise, ID 83704⟧.
He takes 2000 IU of vitamin D every day.
ICD-10 has more than 70,000 codes.
Patient wants results by e-mail: ⟦email|thabiso+health@mail.example⟧.
National Insurance number ⟦nino|SR516175C⟧ is missing from the form.
⟦person_name|Clementine Ashdown⟧ is allergic to shellfish and nuts.
The physician assistant adjusted the splint.
Pain resolved after 3 sessions; no follow-up needed.
Transferred from County General to Mercy on ⟦date|8/19⟧.
His CPAP serial is 22-331-9Q.
My mother is ⟦age_over_89|ninety-nine years old⟧ and takes eight pills.
Anaesthetist: Dr ⟦person_name|Fenwick-Adeyemi⟧; surgeon: Prof. ⟦person_name|Lindholm⟧.
Dose given at 14:05 and again at 20:00.
Parking is free for the first 90 minutes.
Blood cultures x2 drawn, awaiting results.
⟦person_name|Ulrika Sjöberg⟧ and her partner ⟦person_name|Tobias Engström⟧ attended genetic counselling.
Her policy number ⟦account_number|HLT-5520091⟧ lapsed.
The 100-bed unit opens in spring.
Email ⟦email|records@stmarys.example⟧ for copies of your chart.
The Hamilton depression scale was 18.
Please see ⟦url|www.stmarys.example/patients/1077⟧ for your instructions.
NHS ⟦nhs_number|643 409 6577⟧ – ⟦person_name|Gwendolyn Tran⟧ – smear overdue.
Patient is 5 days post-op, afebrile.
⟦person_name|Cassius Okpara⟧, aged ⟦age_over_89|96⟧, was found on the floor.
Call 911 if you have trouble breathing.
Dial 0 for the operator or 2 for billing.
The nurse line is ⟦phone|1-800-555-0199⟧.
The 2022 guideline replaces that of 2017.
Wound culture grew S. aureus sensitive to oxacillin.
Interpreter ID 88213 joined the call.
Her obstetrician, ⟦person_name|Zsofia Halász⟧, is on leave until ⟦date|April 22⟧.
Marfan syndrome runs in the family.
Was the specimen of ⟦person_name|Perpetua Lindsay⟧ lost?
Accession ⟦mrn|S23-004417⟧ shows benign tissue.
A 30-day supply costs 12 dollars with insurance.
Follow up with PCP in 2 weeks.
Charge nurse ⟦person_name|Odalys Prieto⟧ signed at 0700.
He can be reached at ⟦email|hugh.mc-allister@ruralmail.example⟧ or ⟦phone|+353 1 555 0123⟧.
Lewy body dementia was suspected.
The infant was born at ⟦date|2023-12-25⟧ weighing 3.2 kg.
Flu season starts in autumn.
Discharge Instructions: rest, fluids, no lifting.
Johns Hopkins published the trial in The Lancet.
Vital Signs were stable overnight.
The Glasgow Coma Scale was 15.
Mount Sinai and Cedars Sinai share the protocol.
Past Medical History: asthma. Family History: none.
Lake Michigan water tested positive for Giardia Lamblia.
Physical Therapy starts Monday; ⟦person_name|Leocadia Brun⟧ will drive.
Blue Cross denied the claim for Humira.
New Zealand approved the Pfizer vaccine.
`;
