package jobs

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// OneStatus is where the replay of one recording stands.
type OneStatus string

// The states of a replay. What is done or failed is over.
const (
	OneQueued  OneStatus = "queued"
	OneRunning OneStatus = "running"
	OneDone    OneStatus = "done"
	OneFailed  OneStatus = "failed"
)

// One is a recording that somebody wants sent, and waits for.
type One struct {
	ID, Recording uuid.UUID
	Gateway       string
	By            string
	// Request is JSON that may hold credentials: it must not be in backups, nor in any log, and is gone once the replay is taken.
	Request []byte
	Status  OneStatus
	// Age is how long ago it was asked for, and Left how long the lease of one that is running lasts yet.
	Age, Left time.Duration
}

// OneEnd is how a replay ended: Result, or Problem, is JSON.
type OneEnd struct {
	Status          OneStatus
	Result, Problem []byte
}

// OneStore keeps replays of one recording while somebody waits for them: all may be lost with a crash. Each method is done whole, or
// not at all. Its times are by one clock, the same for all who use the store. Whatever may be better later is an api.ErrUnavailable.
type OneStore interface {
	// AskOne adds a replay that is queued, and tells those who listen.
	AskOne(ctx context.Context, one One) error
	// Ones returns all, oldest first, without their Request.
	Ones(ctx context.Context) ([]One, error)
	// TakeOne has a replay that is queued, and no older than within, be running for so long, and returns its request, which is then
	// gone; false where somebody else has it, or it is not there.
	TakeOne(ctx context.Context, id uuid.UUID, by string, within, lease time.Duration) (request []byte, taken bool, err error)
	// EndOne ends a replay that is running; false where there is none.
	EndOne(ctx context.Context, id uuid.UUID, end OneEnd) (bool, error)
	// OneEnd returns where a replay stands, and how it ended where it is over; false where there is none.
	OneEnd(ctx context.Context, id uuid.UUID) (OneEnd, bool, error)
	// RemoveOne removes a replay that has one of the states; false where there is none.
	RemoveOne(ctx context.Context, id uuid.UUID, states ...OneStatus) (bool, error)
	// ListenOnes tells of each AskOne.
	ListenOnes() News
}
