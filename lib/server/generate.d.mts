/** Makes the Prisma client where it is missing or older than its schema. */
export function generateClient(root: string): void;
