/** What systems and tools write: logs, members of objects, transcripts. Made up, one sentence a line; what is to be found stands as ⟦type|text⟧. */
export const SYSTEMS = `
"name":"⟦person_name|Farida Rahimi⟧","dob":"⟦date|1973-05-21⟧","mrn":"⟦mrn|20449173⟧"
GET /api/v1/records?limit=50 200 12ms
user=⟦email|s.novotny@clinic.example⟧ ip=⟦ip_address|166.20.164.235⟧ action=login
tool read_chart returned 4 rows in 38 ms
2026-11-21T10:00:00Z level=info msg="checkpoint signed" size=88123
subject: refund for ⟦person_name|Wendell Achebe-Stone⟧ <⟦email|wendell@stonemail.example⟧>
order_id=1234567893 status=shipped
sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
phone: ⟦phone|8165550142⟧
model claude-3-5-sonnet-20241022 answered with 512 tokens
{"ssn":"⟦ssn|665-52-4099⟧","status":"verified"}
build 10.2.3.4 deployed to production
trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7
patient_id: ⟦mrn|88120455⟧ updated by scheduler
invoice_2024_01_19.pdf uploaded
address: ⟦address|1600 Alder Way, Eugene, OR 97401⟧
retry 3 of 5 after 1763712000 ms
mac 00:1A:2B:3C:4D:5E joined vlan 12
peer ⟦ip_address|2001:db8:85a3::8a2e:370:7334⟧ closed the connection
callback: ⟦url|https://hooks.example.org/t/77a1?u=novotny⟧
ISBN 978-3-16-148410-0 was ordered
policy v3 published by administrator
conversation 0198c3a4-12ab-7def-8123-9c0ffee01234 ended
beneficiary_name: ⟦person_name|Roswitha Kessler⟧
date_of_birth: ⟦date|03.11.1948⟧
account_number=⟦account_number|9928817340⟧
UPC 012345678905, quantity 12
tracking 1Z999AA10123456784 out for delivery
coordinates 51.5074, -0.1278
card=⟦payment_card|4506-8140-7289-1158⟧ exp=0927
EAN 4006381333931 in stock
npi: ⟦npi|2649822089⟧
transcript: my email is ⟦email|jonas dot weber at mail dot example⟧
row,first_name,last_name: 1,⟦person_name|Hedwig⟧,⟦person_name|Osterman⟧
patientName = "⟦person_name|Lorcan Fitzgibbon⟧"
std::vector<int> a(10); ::operator delete(p);
error E11.9 at line 44: unexpected token
Aug 12 host sshd[4471]: Accepted publickey for root
temperature=0.7 top_p=0.95 max_tokens=1024
{"tool":"lookup_balance","arguments":{"account":"⟦account_number|330099182⟧"}}
commit 264c2ce merged into main
ERR-4471-2290 raised in module billing
caller said: no wait, it's ⟦phone|(212) 555-0166⟧
insurance_id: ⟦account_number|MBR4471209B⟧
prompt_version v7, approver ops, ticket HX-4471
{"to":"⟦phone|+12125550188⟧","body":"Your code is 447120"}
vehicle_vin: ⟦vin|1HGXW7P57MB670020⟧
GET ⟦url|https://fhir.example.org/Patient/1017/_history/2⟧
vitals: bp 120/80 hr 72 rr 16 spo2 98
rows 1000, fields [allergies, medications]
contact_email: ⟦email|intake+forms@harborlaw.example⟧
passport_no: ⟦license_number|P4471920X⟧
room 4 | bed 2 | diet regular
dx: ⟦diagnosis_code|E78.5⟧, ⟦diagnosis_code|I25.10⟧
range 10.0.0.0/8 is private
last_login: ⟦ip_address|203.0.113.77⟧
name: Backup job; status: ok
Amount due 1,204.50 by end of month
signed: ⟦person_name|Aloysius Trevelyan⟧
iban=⟦iban|NL64 ABNA 6633 0258 60⟧
Internal Server Error at Load Balancer West
Next.js, React Query and Visual Studio Code are updated
Customer Success Manager assigned to ticket
{"city":"San Francisco","country":"United States"}
Red Hat Enterprise Linux 9 on Intel Xeon
{"reviewer":"⟦person_name|Ottilie Branagh⟧","state":"approved"}
File Not Found: Annual Report Final Draft
`;
