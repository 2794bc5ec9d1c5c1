/** Banks, lenders and insurers. Made up, one sentence a line; what is to be found stands as ⟦type|text⟧. */
export const FINANCE = `
Please wire the funds to IBAN ⟦iban|NL29 ABNA 0782 6998 28⟧ by Friday.
My card ⟦payment_card|5573-7151-6439-4008⟧ was declined at the petrol station.
Account ⟦account_number|004417829103⟧ was closed at the request of the holder.
Routing number ⟦routing_number|072979910⟧, account number ⟦account_number|88120047⟧.
⟦person_name|Leopold Asante⟧ asked why his transfer is pending.
The interest rate rises to 4.75% next quarter.
Her social security number is ⟦ssn|591-94-8069⟧.
Balance: $12,480.33 as of close of business.
Ms. ⟦person_name|Fairweather⟧ would like to dispute a charge of $89.99 on ⟦date|June 14, 2024⟧.
You can reach me at ⟦phone|646-555-0117⟧ until noon.
Loan number ⟦account_number|LN-20488-113⟧ is 30 days past due.
The card ending in 4242 expires soon.
Statement sent to ⟦address|880 Larkspur Lane, Unit 12, Tempe, AZ 85281⟧.
Invoice 20240119 is still unpaid.
Customer ⟦person_name|Ottoline Pemberton⟧ opened an ISA with 5,000 pounds.
Email confirmation went to ⟦email|ottoline.pemberton@postbox.example⟧.
The S&P 500 closed at 5,123.41.
Beneficiary: ⟦person_name|Gulnara Akhmetova⟧, IBAN ⟦iban|CH0944047104803098300⟧.
Order 4111111111111112 could not be found.
Login from ⟦ip_address|66.58.166.231⟧ was blocked.
Sort code 20-00-00, account number ⟦account_number|55779911⟧.
His passport number is ⟦license_number|533380006⟧.
Apple shares fell 2% after earnings.
The vehicle with VIN ⟦vin|3VWLWVUM7PA818997⟧ secures the loan.
My tax ID is ⟦ssn|912-70-1234⟧, I don't have an SSN.
Please allow 3 to 5 business days for the refund.
⟦person_name|Bartholomew Quist⟧ and ⟦person_name|Henrike Vogel⟧ hold the account jointly.
Payment reference 7781-220-9 was entered twice.
Date of birth ⟦date|22/10/1978⟧; mother's maiden name ⟦person_name|Szymanski⟧.
Your application was received on ⟦date|2024-05-09⟧ and is under review.
Fourth quarter revenue was 1.2 billion.
Borrower ⟦person_name|Inigo Larrañaga⟧ pledged his house at ⟦address|31 Calle Ocho, Miami, FL 33135⟧.
The exchange rate is 1.0843 today.
Cardholder: ⟦person_name|Xiomara Beltran⟧, card ⟦payment_card|6011-4538-7833-4619⟧, exp 09/27.
What documents do I need to open a business account?
Wire from ⟦person_name|Farouk Haddad⟧ flagged for review.
Policy ⟦account_number|4471-882-0093⟧ pays 250,000 on death.
Her NI number is ⟦nino|SR 30 92 34 B⟧.
Minimum payment due is 35.00.
Call Mr. ⟦person_name|Nakagawa⟧ back on ⟦phone|+81 3-5555-0142⟧.
Form 1040 and schedule C are attached.
Direct deposit: ABA ⟦routing_number|113965090⟧.
The mortgage of ⟦person_name|Sunniva Haugen⟧ was approved in ⟦date|August 2022⟧.
Transaction id 9f8a7c66-1b2d-4c3e-8f90-abcdef123456 settled.
Section 179 lets you deduct 1,160,000.
Credit score 742, utilisation 18%.
ACH trace 091000019876543 returned R03.
⟦person_name|Evander Holt⟧ moved to ⟦address|5 Harbour View, Bristol BS1 5TR⟧.
Net income grew 12.5% year over year.
Please update my address to ⟦address|P.O. Box 3391, Reno, NV 89505⟧.
My name is ⟦person_name|Tamsin Oyelaran⟧, I lost my debit card.
Visa and Mastercard are accepted.
Amex ⟦payment_card|3782 822463 10005⟧ was charged twice.
The fee schedule changed in 2021.
Ticket 1234567890 was escalated to tier 2.
Client since 2009, risk profile balanced.
⟦person_name|Aurelio Benedetti⟧ is a politically exposed person.
Sign in at ⟦url|https://bank.example/secure/session/77ab⟧ to continue.
Quarterly report due in 10 days.
Account holder ⟦person_name|Nomvula Dlamini⟧, phone ⟦phone|+27 11 555 0198⟧.
Rebalance to 60/40 at the end of the month.
The deposit of EUR 3,000 was made on ⟦date|3 July⟧.
Mr ⟦person_name|Ashworth⟧ is ⟦age_over_89|93 years old⟧ and gave power of attorney to his niece.
A 95-year-old bank was merged into its rival.
Use promo code WELCOME50.
License plate ⟦license_number|7KLM284⟧ is on the title.
Loan officer ⟦person_name|Petronella Schuyler⟧ left a note.
Dear ⟦person_name|Jarvis⟧, your statement is ready.
Transfer 500 from checking to savings.
Invoice dated ⟦date|30.06.2023⟧ for ⟦person_name|Ludmila Horáková⟧.
FICA and FUTA were withheld.
Card number ⟦payment_card|4836 8594 6185 3856⟧, CVV 123, thank you.
Is there a fee for cash withdrawals abroad?
IBAN ⟦iban|DE89 3704 0044 0532 0130 00⟧ belongs to the landlord.
IBAN DE89 3704 0044 0532 0130 01 was rejected.
Customer number ⟦account_number|10048813⟧ has two open disputes.
The 10-K was filed late.
Payroll for ⟦person_name|Cornelius Achterberg⟧: SSN ⟦ssn|403-07-9960⟧, salary 64,200.
⟦phone|(202) 555-0170⟧ is the number on the cheque.
Bond matures in 2031 with a coupon of 3.25.
He was born ⟦date|Sept. 9, 1949⟧ in Lyon.
A dividend of 0.24 per share was declared.
Fax the W-9 to ⟦phone|1 (404) 555-0163 ext. 22⟧.
Lease with Harcourt Holdings ends in 18 months.
Withdraw it to my wife ⟦person_name|Anneliese⟧'s account.
Statement period: 1 to 31.
Please verify the last four digits: 8813.
Escrow held by Meridian Title Company.
The ATM at 5th and Main is out of cash.
⟦person_name|Ragnhild Moe⟧ <⟦email|ragnhild@fjordmail.example⟧> requested closure.
Brokerage account ⟦account_number|Z61-448821⟧ transferred in kind.
Suspicious login from ⟦ip_address|203.0.113.177⟧, device unknown.
Annual fee: 95 USD.
My date of birth is ⟦date|April 2nd, 1988⟧.
In March, spending rose by a tenth.
The auditor, ⟦person_name|Thessaly Goodwin⟧, asked for receipts.
Account 3 of 5 is dormant.
Adviser ⟦person_name|Rupert Llewellyn-Banks⟧, CFA recommends index funds.
Cheque no. 000417 bounced.
Claim number ⟦account_number|CLM2299183⟧ was paid on ⟦date|02/29/2024⟧.
Inflation was 3.1% in the euro area.
⟦person_name|Samir⟧ says the payment never arrived.
Minimum age for the account is 18.
Their son ⟦person_name|Caspian Wright⟧ is the beneficiary.
Phone banking is available from 7 to 22.
Her driver license ⟦license_number|S530-4471-2290⟧ expires ⟦date|11/30/2026⟧.
Convert 1,000 USD to GBP.
Unit 12 at the storage site costs 95 a month.
Contact: ⟦email|billing@harcourt-holdings.example⟧.
Please confirm SWIFT BIC DEUTDEFF and reference 55-2291.
The trustee, ⟦person_name|Octavia Brandreth⟧, lives at ⟦address|19 Marlborough Terrace, Edinburgh EH3 6QB⟧.
Charge of 12.99 from StreamBox recurring.
VIN ⟦vin|1FTCU6X43KA521897⟧ was totalled.
You qualify for 0% APR for 15 months.
Emergency fund: six months of expenses.
Passport ⟦license_number|X4471928⟧ of ⟦person_name|Ivo Marinković⟧ expired.
Please send a cheque to Mx. ⟦person_name|Sorrel Tate⟧.
Employer identification is not a personal number.
Mortgage rates dipped below 6%.
My mobile is ⟦phone|0171 5550123⟧, ask for ⟦person_name|Gerlinde⟧.
Deposit slip 88-2 scanned badly.
Membership number ⟦account_number|660019283⟧ renews automatically.
The 401(k) limit for 2024 is 23,000.
Guarantor ⟦person_name|Absalom Reyes-Whitlock⟧ signed ⟦date|14-Feb-2023⟧.
Refund of $1,204.50 issued to the original card.
What is the routing number of your bank?
My routing number is ⟦routing_number|060753889⟧.
Savings account ⟦account_number|7700 4482 9913⟧ earns 4 percent.
The wire cut-off is 16:00 Eastern.
⟦person_name|Tiberius Cole⟧ owes ⟦person_name|Fleur Janssens⟧ 900 euros.
Bank holiday on Monday.
Reference 2024-0113-77 in the subject line.
SSN: ⟦ssn|206-91-6914⟧; DOB: ⟦date|1/5/66⟧.
Quote: EUR/USD 1.08, gold 2,310.
⟦person_name|Wilhelmina Adebayo-Strand⟧ called twice about the overdraft.
The customer is ⟦age_over_89|90 years of age⟧, please speak slowly.
API key rotated on schedule.
Log: user 4471 viewed page 3.
Bill to ⟦person_name|Mordecai Stanhope⟧, ⟦address|600 W 42nd Street, New York, NY 10036⟧.
Please email ⟦email|claims@insure.example⟧ with the form.
Premium due ⟦date|May 1⟧.
Two payments of 49.50 each.
Card ⟦payment_card|4516405804473874⟧ belongs to ⟦person_name|Isolde Ferreira⟧.
The fund manager left the firm.
Alert: 17 failed logins.
Insurance group 7 is the cheapest.
Statement for ⟦person_name|Zebulon Pike⟧ is at ⟦url|https://files.bank.example/st/2291.pdf⟧.
Cash back is 1.5 percent.
I'd like to add ⟦person_name|Marisol⟧ as an authorised user.
Tax year ends on ⟦date|5 April⟧.
No PIN is ever asked for by e-mail.
Your one-time code is 447120.
Customer's new telephone: ⟦phone|+49 30 5550 1234⟧.
BIN 411111 is a test range.
Branch 0417, teller 12.
⟦person_name|Eluned Pryce⟧ transferred 200 pounds to ⟦person_name|Dafydd⟧.
The account of ⟦person_name|Jean-Baptiste Moreau⟧ was frozen on Friday, ⟦date|9 August 2024⟧.
Goldman Sachs and Morgan Stanley raised their targets.
Account Summary, Recent Activity and Pending Transfers are shown below.
Payment Schedule: twelve equal parts.
Deutsche Bank reported a loss in New York.
Wells Fargo charges 12 dollars a month.
Black Friday sales beat forecasts in South Korea.
Please compare Roth IRA and Traditional IRA.
Blue Harbor Logistics missed its payroll.
⟦person_name|Perdita Oakes⟧ of Sterling Freight requested a quote.
The Dow Jones fell while Brent Crude rose.
`;
