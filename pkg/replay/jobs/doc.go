// Package jobs hands replays to the collectors that can send them: one recording at a time for somebody who waits for the answer,
// and many as a job. What a lease is, when there is one to be had and what becomes of what was under way when it was lost is said
// here, once for all stores; a store keeps rows (JobStore, OneStore) and knows nothing of it.
//
//	who asks ──▶ Replays ──┐                            ┌── Replays ◀── a collector: take, renew, give back
//	                       ├─▶ JobStore, OneStore: rows ◀┤
//	who steers ─▶ Replays ─┘   one clock, one order     └── Replays ◀── another one, which goes on where that one died
//
// Nobody's clock is compared with another's: a store says how old something is and how long a lease lasts by its own clock.
// docs/adr/0002 and 0004 have the reasons.
package jobs
