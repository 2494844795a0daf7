package jobs

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

// News tells that something may have changed. A store that cannot tell has a News that never does: all who wait look now and then.
type News interface {
	// Changed gets a value after a change, and where one may have been missed.
	Changed() <-chan struct{}
	// Check is called now and then. What was lost without a word, such as a connection, is found out and made anew; it does not block.
	Check()
	// Sure reports whether everything is told of at present; else one has to look, and often.
	Sure() bool
	Close()
}

// The outcomes of a recording of a job that has none yet.
const (
	Waiting replay.Outcome = "waiting"
	Sending replay.Outcome = "sending"
)

// Job is a job as a store keeps it.
type Job struct {
	ID     uuid.UUID
	Name   string
	Status replay.JobStatus
	// Request has the values of header overrides masked; Headers reports whether there are any.
	Request   replay.JobRequest
	Headers   bool
	Total     int
	Origin    time.Time // when its first recording was recorded
	Problem   string
	CreatedAt time.Time
	CreatedBy string
	StartedAt *time.Time
	EndedAt   *time.Time
	// Age is how long ago it was created, and Elapsed since it was first running, 0 where it never was.
	Age, Elapsed time.Duration
	// Shares are in the order of their gateways.
	Shares []Share
}

// share returns the share of a gateway, nil where there is none.
func (j *Job) share(gateway string) *Share {
	for i := range j.Shares {
		if j.Shares[i].Gateway == gateway {
			return &j.Shares[i]
		}
	}
	return nil
}

// open returns the gateways of the shares that are not over and of which ok says so.
func (j *Job) open(ok func(*Share) bool) []string {
	var gateways []string
	for i := range j.Shares {
		if s := &j.Shares[i]; !s.Ended && ok(s) {
			gateways = append(gateways, s.Gateway)
		}
	}
	return gateways
}

// Share is the part of a job that the collectors of one gateway do.
type Share struct {
	Gateway string
	// Total is how many recordings it has. The others count those with that outcome.
	Total, Same, Different, Failed, Skipped int
	// Lease grows with each taking: who has a lower one has lost it. TakenBy is who took it last.
	Lease   int64
	TakenBy string
	// Left is how long the lease lasts yet. Where it is not positive the share is free, and has been for FreeFor.
	Left, FreeFor time.Duration
	Ended         bool
}

func (s *Share) free() bool { return s.Left <= 0 }

// left is how many recordings have no outcome yet.
func (s *Share) left() int { return s.Total - s.Same - s.Different - s.Failed - s.Skipped }

// Item is one recording of a job.
type Item struct {
	// Sequence is the place in the job, from 1, oldest first.
	Sequence int
	Found
}

// Result is the result of one recording. Method and Path are not kept with it.
type Result struct {
	replay.ItemResult
	RecordedAt time.Time
}

// State is where a job stands.
type State struct {
	Status replay.JobStatus
	// Problem is for people.
	Problem string
}

// JobStore keeps jobs. Its times are by one clock, the same for all who use the store. Whatever may be better later is an
// api.ErrUnavailable. Package apitest holds implementations to it.
type JobStore interface {
	// Change runs f in a transaction: all that f does is done where it returns nil and Change does, nothing where it returns an
	// error, and either where only Change fails. What f returns as an error is returned as it is.
	Change(ctx context.Context, f func(tx JobTx) error) error
	// Open returns the jobs that are not over, oldest first, with the shares that are not. Only ID, Status and Age are needed of a job.
	Open(ctx context.Context) ([]Job, error)
	// Job returns one job with all its shares; false where there is none.
	Job(ctx context.Context, id uuid.UUID) (Job, bool, error)
	// Jobs returns at most limit jobs of ids below before, the highest first; uuid.Max is from the highest.
	Jobs(ctx context.Context, before uuid.UUID, limit int) ([]Job, error)
	// Results returns at most limit results of a job behind a sequence, in order; with an outcome only those that have it, and
	// never what is waiting or sending.
	Results(ctx context.Context, job uuid.UUID, outcome replay.Outcome, after, limit int) ([]Result, error)
	// Listen tells of each Wake.
	Listen() News
}

// JobTx is a transaction of a JobStore.
type JobTx interface {
	// Alone waits until no other transaction is that has called it, and keeps others waiting until this one is over.
	Alone(ctx context.Context) error
	// Open is as in JobStore.
	Open(ctx context.Context) ([]Job, error)
	// Lock returns a job with its shares, and keeps all others from changing either until this transaction is over. false where
	// there is none; where patient is false, also where somebody else has it.
	Lock(ctx context.Context, id uuid.UUID, patient bool) (Job, bool, error)
	// Wake tells those who listen, once the transaction is done.
	Wake(ctx context.Context, id uuid.UUID) error

	// Insert makes a queued job, with the values of its header overrides where there are any. Those must not be in backups, nor in
	// any log, and may be lost with a crash.
	Insert(ctx context.Context, job Job, headers map[string]string) error
	// AddItems adds recordings that wait.
	AddItems(ctx context.Context, job uuid.UUID, items []Item) error
	// AddShares adds the shares of a job, free from now on, and its Total and Origin.
	AddShares(ctx context.Context, job uuid.UUID, origin time.Time, shares []Share) error
	// Set writes where a job stands. The first time that it runs is StartedAt, the first time that it is over EndedAt.
	Set(ctx context.Context, job uuid.UUID, state State) error
	// HeaderValues returns what Insert was given; false where it was lost.
	HeaderValues(ctx context.Context, job uuid.UUID) (map[string]string, bool, error)
	DropHeaderValues(ctx context.Context, job uuid.UUID) error

	// Take leases a share that is not over for so long, where its lease has that number, which grows by one; false where it has not.
	Take(ctx context.Context, job uuid.UUID, gateway string, number int64, by string, lease time.Duration) (bool, error)
	// Renew has the lease of that number last so long from now, and returns where the job stands; false where the lease has
	// another number or the share is over. It keeps others from changing the share until this transaction is over.
	Renew(ctx context.Context, job uuid.UUID, gateway string, number int64, lease time.Duration) (replay.JobStatus, bool, error)
	// Free has shares be free from now on.
	Free(ctx context.Context, job uuid.UUID, gateways []string) error
	// End ends shares.
	End(ctx context.Context, job uuid.UUID, gateways []string) error

	// Waiting returns the recordings of a share that wait, in order.
	Waiting(ctx context.Context, job uuid.UUID, gateway string) ([]replay.Item, error)
	// First returns the lowest sequence of a job that is waiting or sending; 0 where there is none.
	First(ctx context.Context, job uuid.UUID) (int, error)
	// Send has those recordings of a share be sending that are waiting, or sending already, and returns them.
	Send(ctx context.Context, job uuid.UUID, gateway string, sequences []int) ([]int, error)
	// Write writes results of recordings that are sending, and leaves all others. The counts of the share grow by what it wrote.
	Write(ctx context.Context, job uuid.UUID, gateway string, results []replay.ItemResult) error
	// Move has all recordings of shares that have one outcome have another. The counts of the shares grow with it.
	Move(ctx context.Context, job uuid.UUID, gateways []string, from, to replay.Outcome, problem string) error
}

// Found is a recording without what is in it.
type Found struct {
	ID         uuid.UUID
	RecordedAt time.Time
	Gateway    string
	Method     string
	Path       string
}

// Recordings is where the recordings are, in the same store as the jobs or in another; api.Recordings is more.
type Recordings interface {
	Query(ctx context.Context, query recording.Query) (recording.Page, error)
	Get(ctx context.Context, id uuid.UUID) (recording.Recording, error)
}

// Finder is Recordings that finds many at once.
type Finder interface {
	// Find returns those of the wanted recordings that are there, in any order. RecordedAt of what is wanted, where it is not zero,
	// is when that was recorded; of the rest only ID matters.
	Find(ctx context.Context, wanted []Found) ([]Found, error)
}

// Selector takes the recordings of a filter into a job of a store that has both, without their leaving it.
type Selector interface {
	// Select prepares it outside of any transaction; take then adds the newest recordings of filter, at most limit and oldest
	// first, as AddItems does, and returns how many each gateway has, and when the first and the last were recorded.
	Select(ctx context.Context, filter recording.Filter, limit int) (take func(ctx context.Context, tx JobTx, job uuid.UUID) ([]Tally, error), err error)
}

// Tally is how many recordings a gateway has.
type Tally struct {
	Gateway     string
	Total       int
	First, Last time.Time
}
