/** What the change feed tells of a store. */
export const feedEvents = ['snapshot.completed', 'store.needs_reconnect', 'store.recovered', 'day.closed'] as const;
export type FeedEvent = (typeof feedEvents)[number];

/** `failed`: given up, after about a day or because nobody wants it there; a replay begins anew. */
export const deliveryStates = ['pending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** After 10 to 20 s, doubling, at most an hour apart: about a day. */
export const mostDeliveryAttempts = 30;
