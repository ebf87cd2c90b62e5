/** Where agents answer each other. The contract has the same number; a test compares them. */
export const WITNESS_PORT = 19_990;
