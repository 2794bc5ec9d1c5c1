/** Law firms, courts and their clients. Made up, one sentence a line; what is to be found stands as ⟦type|text⟧. */
export const LAW = `
Plaintiff ⟦person_name|Hortensia Maldonado⟧ filed her complaint on ⟦date|January 17, 2023⟧.
The deposition of ⟦person_name|Cyrus Eberhardt⟧ is set for ⟦date|10/04/2024⟧ at 9:30 am.
Defendant resides at ⟦address|4410 Sycamore Boulevard, Toledo, OH 43604⟧.
Section 230 was raised as a defence.
Bar number ⟦license_number|298841⟧ belongs to opposing counsel.
Please contact Attorney ⟦person_name|Blackwood⟧ at ⟦phone|(504) 555-0128⟧.
The contract is governed by the laws of Delaware.
Decedent ⟦person_name|Augustus Finch⟧ died intestate on ⟦date|2 November 2022⟧.
Exhibit 14 is a photograph of the scene.
The witness, ⟦person_name|Parisa Golzari⟧, is abroad until ⟦date|December 5⟧.
SSN ⟦ssn|461-51-4766⟧ must be redacted before filing.
Judge ⟦person_name|Kowalczyk⟧ denied the motion.
Is a verbal agreement binding in Texas?
Case 3:21-cv-04471 was remanded.
My client ⟦person_name|Solomon Adjei⟧ was arrested on ⟦date|08/30/2023⟧.
The lease runs for 24 months from signing.
E-mail the draft to ⟦email|m.delgado@delgadolaw.example⟧.
Landlord ⟦person_name|Phineas Underwood⟧ kept the deposit.
Testator was ⟦age_over_89|ninety-five years old⟧ when the codicil was signed.
Smith v. Jones, 410 U.S. 113, is not on point.
The hearing is in courtroom 5B.
Petitioner's A-number is ⟦license_number|A088-412-779⟧.
⟦person_name|Evangeline Thibodeaux⟧ seeks full custody of ⟦person_name|Remy⟧.
Clause 12.3.4.1 limits liability.
The vehicle, VIN ⟦vin|1FT7Z5MR1MF443347⟧, was impounded.
She was ⟦age_over_89|98⟧ when the will was changed.
Served on ⟦date|3/11/2024⟧ by certified mail.
Discovery closes 90 days after the order.
Executor: ⟦person_name|Barnaby Osgood⟧, ⟦address|9 Priory Road, Bath BA1 2LF⟧.
Under 45 CFR 164.514 the safe harbour applies.
Trust account ⟦account_number|000991827733⟧ was audited.
He paid the retainer with card ⟦payment_card|5132108758348461⟧.
Opposing counsel ⟦person_name|Sigrun Halvorsen⟧, Esq. objects.
Rule 26(a)(1) requires initial disclosures.
Tenant ⟦person_name|Ludovic Perrault⟧ owes three months of rent.
Marriage certificate of ⟦person_name|Ismene Papadakis⟧ and ⟦person_name|Leander Vos⟧ dated ⟦date|June 6, 2009⟧.
How long do I have to appeal?
Please preserve all documents from 2019 to 2022.
Prisoner's date of birth: ⟦date|1984-07-02⟧.
The firm has 40 partners and 110 associates.
Claimant's NI number ⟦nino|PW320721D⟧ was left out.
The notary stamped page 7.
Call ⟦person_name|Bridie Fitzgerald⟧ on ⟦phone|+353 86 555 0147⟧.
The patent US 9,876,543 B2 expired.
Settlement of $2.4 million was approved.
Passport ⟦license_number|C01X00T47⟧ was surrendered to the court.
Mediator: Hon. ⟦person_name|Ezekiel Stroud⟧ (ret.).
Wire the settlement to IBAN ⟦iban|AT21 5278 5533 1644 4360⟧.
See ⟦url|https://efile.court.example/docket/4471?party=maldonado⟧.
The statute was amended in 1998.
Judge Advocate General reviews the matter.
Her immigration hearing is on Wednesday ⟦date|12 June 2024⟧.
Minor child ⟦person_name|T.R.⟧ is represented by a guardian.
Affidavit of ⟦person_name|Gideon Mbeki⟧ sworn ⟦date|22nd August 2021⟧.
Two counts of fraud were dismissed.
License plate ⟦license_number|8ABC123⟧ was captured by the camera.
Article 6 GDPR lists the lawful bases.
The tip came from IP ⟦ip_address|203.0.113.107⟧.
⟦person_name|Rafferty Quinn⟧ v. Harbor Freight Lines was settled.
Retainer is 5,000 dollars.
Draft a letter to the tenant about the noise.
Beneficiaries are ⟦person_name|Una Corcoran⟧, ⟦person_name|Declan Corcoran⟧ and the parish.
The accident happened on ⟦date|Oct. 31, 2022⟧ at dusk.
The parties agree to arbitrate in Geneva.
Power of attorney was given to ⟦person_name|Ambrose Kettering⟧.
Serve process at ⟦address|1200 Market Street, Suite 400, Wilmington, DE 19801⟧.
Respondent's employer is Acme Logistics.
Client's mobile: ⟦phone|347 555 0190⟧.
The judge gave him 18 months.
Mr. ⟦person_name|Oyinkansola Bright⟧ waived his rights.
File no. 2023-1187 is closed.
Her maiden name is ⟦person_name|Dragomirescu⟧.
Section 4.2 refers to Schedule B.
Defendant ⟦person_name|Lucian Thornbury⟧, born ⟦date|5 May 1969⟧, pleaded guilty.
The 100-year-old law firm moved to a new tower.
Title to the parcel passed in 2004.
Counsel may reach me at ⟦email|w.ashgrove+filings@ashgrove.example⟧.
The court clerk is ⟦person_name|Ermintrude Fyfe⟧.
Bail was set at 50,000.
Restraining order protects ⟦person_name|Calliope Jensen⟧ at her home, ⟦address|212 N. Willow St., Fargo, ND 58102⟧.
The jury deliberated for 6 hours.
Employment contract of ⟦person_name|Nasrin Tehrani⟧ ends ⟦date|31 March 2025⟧.
What is the difference between a will and a trust?
Will ⟦person_name|Smith⟧ be available for the deposition?
Mark the exhibit before you file it.
Grace period of 10 days applies.
He may appeal within 30 days.
Joint tenancy has a right of survivorship.
Inmate 44718-053 is at the medical unit.
⟦person_name|Benedikta Eiríksdóttir⟧ retained us on ⟦date|2023-04-18⟧.
Driver's license no. ⟦license_number|F255-9215-0094⟧ suspended.
The merger closed on time.
Docket entry 88 is sealed.
Please redact lines 4 to 9.
Adoption of ⟦person_name|Noor⟧ by ⟦person_name|Sebastian Aldous⟧ is final.
Interpreter needed: Spanish.
The claim of Mr ⟦person_name|Gethin Rhys-Morgan⟧ is time-barred.
Estate's account number is ⟦account_number|3300-118-4472⟧.
Counsel for the plaintiff: Whitfield & Marsh LLP.
The deed is recorded in book 1182, page 44.
Opposing party lives in ⟦address|Asheville, NC 28801⟧.
Bankruptcy under Chapter 7 was filed.
⟦person_name|Temperance Oduya⟧ is the sole shareholder.
The expert charges 450 an hour.
Parole officer ⟦person_name|Dacre Holloway⟧, phone ⟦phone|713-555-0155⟧.
Lawyers often quote Holmes.
The invention was disclosed in ⟦date|September 2018⟧.
Passport no. ⟦license_number|YB4419027⟧, visa expired ⟦date|15.01.2024⟧.
Trial starts next Monday.
Her attorney, ⟦person_name|Ciaran O'Shaughnessy⟧, asked for more time.
Please bill 0.4 hours to matter 10045-0007.
I am ⟦person_name|Rosamund Leclerc⟧, the sister of the accused.
Damages of EUR 75,000 are claimed.
⟦person_name|Jocasta Pryor⟧'s testimony was struck.
Version 10.4.2.1 of the agreement is final.
The victim, ⟦age_over_89|96⟧, could not attend.
Complaint mailed to ⟦address|PO Box 90210, Albany, NY 12201⟧.
State Street Bank is not a party.
Detective ⟦person_name|Ramona Silva⟧ logged the call at ⟦date|11/02/2023⟧.
Motion to compel granted in part.
The company was founded in 1897 and is 127 years old.
Her husband, ⟦person_name|Florian Wexler⟧, co-signed.
Client e-mail: ⟦email|nasrin.tehrani@inbox.example⟧; phone ⟦phone|+1-212-555-0135⟧.
The seller warrants good title.
Juror 7 was excused.
Will you sign by Friday?
Please ask ⟦person_name|Bettina⟧ for the signed copy.
Injunction hearing at 14:00 in Room 9.
He lives near Oak Park with his family.
Attorney-client privilege applies here.
Witness statement of ⟦person_name|Kaveh Moradi⟧ dated ⟦date|18/12/2022⟧.
The NDA expires after five years.
Conveyance of ⟦address|42 Quarry Hill Drive⟧ to the buyers.
Taxpayer ID ⟦ssn|623-75-3058⟧ appears on the lien.
Charged under 18 U.S.C. 1343.
Guardian ad litem ⟦person_name|Lavinia Strand⟧ reported on ⟦date|July 4th, 2023⟧.
Trademark class 25 covers clothing.
Father: ⟦person_name|Olamide Fashola⟧. Mother: ⟦person_name|Greer Fashola⟧.
The barrister's fees are capped.
Probate number 1182 of 2020.
Send it to Judge ⟦person_name|Amaryllis Trent⟧'s chambers.
The dog bit a postman on ⟦date|9 Sept⟧.
Client says she never signed.
Register at ⟦url|www.legalaid.example/apply⟧ today.
Complainant ⟦person_name|Yusra Al-Masri⟧ withdrew.
A limited partnership needs one general partner.
Deponent was ⟦age_over_89|104 years old⟧ at the time.
Docket no. 22-1187 (2d Cir.).
Call the clerk at ⟦phone|(907) 555-0144⟧.
⟦person_name|Evelina Strömberg⟧ was naturalised in ⟦date|May 2017⟧.
The arbitrator's award is final and binding.
Medical bills of ⟦person_name|Cosmo Ballantyne⟧ total 18,220.
Insurer's claim no. ⟦account_number|77-4410-Q91⟧ refers.
Pro bono hours: 52.
Witnessed by ⟦person_name|Halcyon Reeve⟧ and ⟦person_name|Thorne Maddox⟧.
Service upon the Secretary of State is valid.
The indictment names four others.
The accused logged in from ⟦ip_address|198.51.100.162⟧.
The notary's commission expires in 2027.
Her student, ⟦person_name|Dashiell⟧, drafted the memo.
Whitfield Industries settled with Lone Star Energy.
Key Findings and Next Steps are on page two.
The Ninth Circuit affirmed in Oak Valley Partners.
Terms of Service apply to all users.
Baker Street Irregulars Ltd. was dissolved.
Santa Clara County adopted the ordinance.
The Lanham Act covers trademarks.
⟦person_name|Wolfram Adeyinka⟧ and Globex Corporation signed the release.
Counsel from Harper Voss LLP entered an appearance.
Standard of Review, Burden of Proof, and Relief Sought follow.
`;
