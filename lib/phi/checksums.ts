/** Check digits. Each takes exactly the characters of the number, separators removed; none throws. */

/** ISO/IEC 7812-1 annex B. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = digits.length - 1, double = false; i >= 0; i -= 1, double = !double) {
    let digit = digits.charCodeAt(i) - 48;
    if (double) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return digits.length > 0 && sum % 10 === 0;
}

/** National Provider Identifier: Luhn over 80840 and its ten digits (45 CFR 162.406; CMS, "Requirements for NPI check digit"). */
export function npiCheck(digits: string): boolean {
  return digits.length === 10 && (digits[0] === '1' || digits[0] === '2') && luhn(`80840${digits}`);
}

/** DEA registration: (d1+d3+d5) + 2(d2+d4+d6) ends in d7. */
export function deaCheck(digits: string): boolean {
  if (digits.length !== 7) return false;
  const d = (i: number) => digits.charCodeAt(i) - 48;
  return (d(0) + d(2) + d(4) + 2 * (d(1) + d(3) + d(5))) % 10 === d(6);
}

/** ABA routing transit number: weights 3, 7, 1, and a prefix that the Federal Reserve has given out. */
export function abaCheck(digits: string): boolean {
  if (digits.length !== 9) return false;
  const prefix = Number(digits.slice(0, 2));
  if (!((prefix >= 1 && prefix <= 12) || (prefix >= 21 && prefix <= 32) || (prefix >= 61 && prefix <= 72) || prefix === 80)) return false;
  let sum = 0;
  for (let i = 0; i < 9; i += 1) sum += (digits.charCodeAt(i) - 48) * [3, 7, 1][i % 3];
  return sum % 10 === 0;
}

/** NHS number: modulus 11 with weights 10 to 2 (NHS Data Dictionary, "NHS NUMBER"). */
export function nhsCheck(digits: string): boolean {
  if (digits.length !== 10 || /^(\d)\1{9}$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < 9; i += 1) sum += (digits.charCodeAt(i) - 48) * (10 - i);
  const check = (11 - (sum % 11)) % 11;
  return check !== 10 && check === digits.charCodeAt(9) - 48;
}

/** ISO 13616: mod 97 of the rearranged number is 1. Upper-case letters and digits. */
export function ibanCheck(iban: string): boolean {
  const turned = iban.slice(4) + iban.slice(0, 4);
  let rest = 0;
  for (let i = 0; i < turned.length; i += 1) {
    const code = turned.charCodeAt(i);
    rest = code >= 65 ? (rest * 100 + code - 55) % 97 : (rest * 10 + code - 48) % 97;
  }
  return rest === 1;
}

const VIN_VALUES = '0123456789.ABCDEFGH..JKLMN.P.R..STUVWXYZ';
const VIN_WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/** 49 CFR 565.15: 17 characters without I, O and Q, the ninth is the check digit. */
export function vinCheck(vin: string): boolean {
  let sum = 0;
  for (let i = 0; i < 17; i += 1) {
    const value = VIN_VALUES.indexOf(vin[i] ?? '.');
    if (value === -1 || vin[i] === '.' || vin[i] === undefined) return false;
    sum += (value % 10) * VIN_WEIGHTS[i];
  }
  return vin.length === 17 && '0123456789X'[sum % 11] === vin[8];
}
