/** What people read: Indonesian or English. */
export type Language = 'id' | 'en';
