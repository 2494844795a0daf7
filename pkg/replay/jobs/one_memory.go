package jobs

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Ones is an OneStore in memory, for a store of a single process: who asks and who sends are both in it, and a request that holds
// credentials is written nowhere.
type Ones struct {
	now  func() time.Time
	mu   sync.Mutex
	all  []*oneInMemory
	news Bell
}

var _ OneStore = (*Ones)(nil)

type oneInMemory struct {
	One
	end         OneEnd
	asked, till time.Time
}

// NewOnes returns an empty store whose clock is now.
func NewOnes(now func() time.Time) *Ones { return &Ones{now: now} }

// AskOne adds a replay. See OneStore.
func (o *Ones) AskOne(_ context.Context, one One) error {
	o.mu.Lock()
	one.Status = OneQueued
	o.all = append(o.all, &oneInMemory{One: one, asked: o.now()})
	o.mu.Unlock()
	o.news.Ring()
	return nil
}

// Ones returns all, oldest first. See OneStore.
func (o *Ones) Ones(context.Context) ([]One, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.now()
	all := make([]One, len(o.all))
	for i, each := range o.all {
		all[i] = each.One
		all[i].Request, all[i].Age, all[i].Left = nil, now.Sub(each.asked), each.till.Sub(now)
	}
	return all, nil
}

// find returns a replay that has one of the states, nil where there is none. The caller holds mu.
func (o *Ones) find(id uuid.UUID, states ...OneStatus) (int, *oneInMemory) {
	i := slices.IndexFunc(o.all, func(one *oneInMemory) bool { return one.ID == id && slices.Contains(states, one.Status) })
	if i < 0 {
		return i, nil
	}
	return i, o.all[i]
}

// TakeOne has a queued replay be running. See OneStore.
func (o *Ones) TakeOne(_ context.Context, id uuid.UUID, _ string, within, lease time.Duration) (request []byte, taken bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.now()
	_, one := o.find(id, OneQueued)
	if one == nil || now.Sub(one.asked) > within {
		return nil, false, nil
	}
	request = one.Request
	one.Status, one.Request, one.till = OneRunning, nil, now.Add(lease)
	return request, true, nil
}

// EndOne ends a running replay. See OneStore.
func (o *Ones) EndOne(_ context.Context, id uuid.UUID, end OneEnd) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, one := o.find(id, OneRunning)
	if one == nil {
		return false, nil
	}
	one.Status, one.end = end.Status, end
	return true, nil
}

// OneEnd returns where a replay stands. See OneStore.
func (o *Ones) OneEnd(_ context.Context, id uuid.UUID) (OneEnd, bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, one := o.find(id, OneQueued, OneRunning, OneDone, OneFailed)
	if one == nil {
		return OneEnd{}, false, nil
	}
	end := one.end
	end.Status = one.Status
	return end, true, nil
}

// RemoveOne removes a replay that has one of the states. See OneStore.
func (o *Ones) RemoveOne(_ context.Context, id uuid.UUID, states ...OneStatus) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	i, one := o.find(id, states...)
	if one == nil {
		return false, nil
	}
	o.all = slices.Delete(o.all, i, i+1)
	return true, nil
}

// ListenOnes tells of each AskOne.
func (o *Ones) ListenOnes() News { return o.news.Listen() }
