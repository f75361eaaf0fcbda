/** Brings a job back. pg-boss stores what is thrown: the message is a code of ours, and nothing else gets there. */
export class DeliveryError extends Error {}
