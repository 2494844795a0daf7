package replay

import "slices"

// Withhold takes the contents out of c, as recording.Recording.Withhold does: headers, trailers, bodies, messages, and how
// these differ in detail. That they differ stays, with statuses, codes, sizes and times. c then says in Withheld what is
// not there.
func (c *Comparison) Withhold() {
	c.Withheld = []string{"headers", "trailers", "body", "messages", "differences"}
	c.Recorded.Headers, c.Recorded.Trailers, c.Recorded.Body.Content = nil, nil, nil
	c.Replayed.Headers, c.Replayed.Trailers, c.Replayed.Body.Content = nil, nil, nil
	c.Replayed.Messages, c.Replayed.GRPCMessage = nil, ""
	c.Replayed.Dropped = slices.Clone(c.Replayed.Dropped)
	for i := range c.Replayed.Dropped {
		c.Replayed.Dropped[i].Name = ""
	}
	c.Diff.Headers, c.Diff.Trailers = []Change{}, []Change{}
	c.Diff.Body.withhold()
	if c.Diff.Messages != nil {
		messages := *c.Diff.Messages
		messages.Different = slices.Clone(messages.Different)
		for i := range messages.Different {
			if body := messages.Different[i].Body; body != nil {
				known := *body
				known.withhold()
				messages.Different[i].Body = &known
			}
		}
		c.Diff.Messages = &messages
	}
}

func (d *BodyDiff) withhold() {
	d.Changes, d.Lines = nil, nil
	// What is hashed can be guessed where it is short.
	d.Before.SHA256, d.After.SHA256 = "", ""
}

// Withhold takes out how contents differ, and says so in Withheld; statuses and codes stay.
func (r *ItemResult) Withhold() {
	kept := slices.DeleteFunc(slices.Clone(r.Differences), func(d Difference) bool {
		return !slices.Contains([]string{"status", "grpc_status", "close"}, d.Part)
	})
	r.Withheld = nil
	if len(kept) < len(r.Differences) || r.More {
		r.Withheld = []string{"differences"}
	}
	r.Differences = kept
}

// Withhold takes out the conditions of the job's filter that look into contents, and says so in Withheld.
func (j *Job) Withhold() {
	j.Withheld = nil
	for _, name := range j.Request.Filter.OfContents() {
		j.Withheld = append(j.Withheld, "request.filter."+name)
	}
	if j.Withheld != nil {
		filter := j.Request.Filter.WithoutContents()
		j.Request.Filter = &filter
	}
}
