package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// counting answers with ten messages, or as many as it was sent, and tells how calls ended.
type counting struct {
	testpb.UnimplementedTestServiceServer
	ended chan error
}

func (c counting) StreamingOutputCall(_ *testpb.StreamingOutputCallRequest, stream testpb.TestService_StreamingOutputCallServer) error {
	var err error
	for i := 0; i < 10 && err == nil; i++ {
		err = stream.Send(numbered(i))
	}
	if c.ended != nil {
		// The call is not over: somebody else has to end it.
		<-stream.Context().Done()
		c.ended <- stream.Context().Err()
	}
	return err
}

func (c counting) StreamingInputCall(stream testpb.TestService_StreamingInputCallServer) error {
	for n := 0; ; n++ {
		_, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(&testpb.StreamingInputCallResponse{AggregatedPayloadSize: int32(n)})
		}
		if err != nil {
			return err
		}
	}
}

func numbered(i int) *testpb.StreamingOutputCallResponse {
	return &testpb.StreamingOutputCallResponse{Payload: &testpb.Payload{Body: fmt.Appendf(make([]byte, 0, 20_000), "message %d %20000d", i, i)}}
}

func countingService(t *testing.T, c counting) string {
	server := grpc.NewServer()
	testpb.RegisterTestServiceServer(server, c)
	t.Cleanup(server.Stop)
	return upstream(t, server.ServeHTTP).URL
}

// stream returns the messages that arrive, by their numbers, and how the call ended.
func stream(t *testing.T, g *running) (numbers []int, err error) {
	t.Helper()
	// What is drawn for an exchange with a seed is a function of its trace.
	ctx := metadata.AppendToOutgoingContext(t.Context(), "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	call, err := testpb.NewTestServiceClient(connect(t, g.Addr)).StreamingOutputCall(ctx, &testpb.StreamingOutputCallRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for {
		message, err := call.Recv()
		if errors.Is(err, io.EOF) {
			return numbers, nil
		}
		if err != nil {
			return numbers, err
		}
		var number int
		if _, err := fmt.Sscanf(string(message.Payload.Body), "message %d", &number); err != nil {
			number = -1
		}
		numbers = append(numbers, number)
	}
}

func TestACallEndsWithAStatusAfterMessages(t *testing.T) {
	for _, after := range []int{0, 3} {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			ended := make(chan error, 1)
			g := serve(t, countingService(t, counting{ended: ended}), inForce(scenario.Definition{Behavior: listed(scenario.Fault{
				Kind: scenario.FaultError, AfterMessages: &after, GRPCCode: "RESOURCE_EXHAUSTED", Message: "enough, größer %", RetryAfterS: new(7),
			})}))
			numbers, err := stream(t, g)
			got := status.Convert(err)
			if len(numbers) != after || got.Code() != codes.ResourceExhausted || got.Message() != "enough, größer %" {
				t.Errorf("got %v and then %v", numbers, err)
			}
			if details := got.Details(); len(details) != 1 || details[0].(*errdetails.RetryInfo).RetryDelay.AsDuration() != 7*time.Second {
				t.Errorf("details are %v", details)
			}
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("the upstream's call ended with %v", err)
			}
			r := g.next(t)
			if r.GRPCStatus == nil || *r.GRPCStatus != int(codes.ResourceExhausted) || len(r.Faults) != 1 || r.Faults[0].Detail != fmt.Sprintf("after %d messages", after) {
				t.Errorf("recorded gRPC status %v, faults %v", r.GRPCStatus, r.Faults)
			}
		})
	}
}

func TestACallIsBrokenOffAfterMessages(t *testing.T) {
	g := serve(t, countingService(t, counting{ended: make(chan error, 1)}), inForce(scenario.Definition{Behavior: listed(scenario.Fault{
		Kind: scenario.FaultReset, AfterMessages: new(2),
	})}))
	numbers, err := stream(t, g)
	if len(numbers) > 2 || status.Code(err) != codes.Internal && status.Code(err) != codes.Unavailable {
		t.Errorf("got %v and then %v", numbers, err)
	}
	if r := g.next(t); len(r.Faults) != 1 || r.Faults[0].Kind != "reset" {
		t.Errorf("recorded faults %v", r.Faults)
	}
}

func TestATruncatedCallIsAnErrorOfTheClient(t *testing.T) {
	g := serve(t, countingService(t, counting{}), inForce(scenario.Definition{Behavior: listed(scenario.Fault{
		Kind: scenario.FaultTruncate, AfterBytes: new(int64(30_000)),
	})}))
	if numbers, err := stream(t, g); len(numbers) != 1 || err == nil {
		t.Errorf("got %v and then %v", numbers, err)
	}
}

func TestMessagesOfAServerAreDroppedDuplicatedAndDelayed(t *testing.T) {
	for name, test := range map[string]struct {
		fault scenario.Fault
		want  func(hit bool) int
	}{
		"dropped":    {scenario.Fault{Kind: scenario.FaultDrop, Share: new(0.5)}, func(hit bool) int { return map[bool]int{false: 1}[hit] }},
		"duplicated": {scenario.Fault{Kind: scenario.FaultDuplicate, Share: new(0.5)}, func(hit bool) int { return map[bool]int{false: 1, true: 2}[hit] }},
		"delayed": {
			scenario.Fault{Kind: scenario.FaultLatency, At: scenario.AtMessage, DelayMS: new(10.0), Share: new(0.5)}, func(bool) int { return 1 },
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := scenario.Definition{Behavior: listed(test.fault), Seed: new(uint64(5))}
			g := serve(t, countingService(t, counting{}), inForce(d))
			numbers, err := stream(t, g)
			if err != nil {
				t.Fatal(err)
			}
			r := g.next(t)
			var hits int
			if _, err := fmt.Sscanf(r.Faults[0].Detail, "%d messages", &hits); err != nil || hits == 0 || hits == 10 {
				t.Fatalf("recorded faults %v", r.Faults)
			}
			want := (10-hits)*test.want(false) + hits*test.want(true)
			if len(numbers) != want {
				t.Errorf("got %v, want %d messages", numbers, want)
			}
			for i, number := range numbers[1:] {
				if number < numbers[i] {
					t.Errorf("got %v, want them in order", numbers)
				}
			}
			if name == "delayed" && r.InjectedDelayMS < float64(hits)*10 {
				t.Errorf("recorded %v ms for %d messages", r.InjectedDelayMS, hits)
			}
		})
	}
}

func TestMessagesOfAClientAreDroppedAndDuplicated(t *testing.T) {
	for kind, want := range map[scenario.FaultKind]int32{scenario.FaultDrop: 0, scenario.FaultDuplicate: 8} {
		t.Run(string(kind), func(t *testing.T) {
			g := serve(t, countingService(t, counting{}), inForce(scenario.Definition{Behavior: listed(scenario.Fault{Kind: kind, At: scenario.AtRequest})}))
			call, err := testpb.NewTestServiceClient(connect(t, g.Addr)).StreamingInputCall(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for range 4 {
				if err := call.Send(&testpb.StreamingInputCallRequest{Payload: &testpb.Payload{Body: make([]byte, 50_000)}}); err != nil {
					t.Fatal(err)
				}
			}
			answer, err := call.CloseAndRecv()
			if err != nil || answer.AggregatedPayloadSize != want {
				t.Errorf("the server got %v messages (%v), want %d", answer.GetAggregatedPayloadSize(), err, want)
			}
		})
	}
}

// Only payloads are changed: all messages arrive, whole.
func TestCorruptedMessagesOfACallStayMessages(t *testing.T) {
	g := serve(t, countingService(t, counting{}), inForce(scenario.Definition{Behavior: listed(scenario.Fault{
		Kind: scenario.FaultCorrupt, At: scenario.AtMessage, BytesChanged: new(3),
	}), Seed: new(uint64(1))}))
	numbers, err := stream(t, g)
	// A change may hit what protobuf cannot read.
	if len(numbers) != 10 && status.Code(err) != codes.Internal {
		t.Errorf("got %v and then %v", numbers, err)
	}
	if r := g.next(t); len(r.Faults) != 1 || r.Faults[0].Detail != "10 messages" && err == nil {
		t.Errorf("recorded %v", r.Faults)
	}
}

// A client that does not cancel is answered nevertheless.
func TestACallThatWaitsIsAnsweredAfterItsDeadline(t *testing.T) {
	g := serve(t, untouched(t), held)
	r := request(t, "POST", g.URL+"/grpc.testing.TestService/EmptyCall", "\x00\x00\x00\x00\x00")
	r.Header.Set("Content-Type", "application/grpc")
	r.Header.Set("Grpc-Timeout", "1m")
	got := do(t, client(t, true), r)
	if got.Header.Get("Grpc-Status") != fmt.Sprint(int(codes.DeadlineExceeded)) {
		t.Errorf("got %d %v", got.Status, got.Header)
	}
	if rec := g.next(t); rec.GRPCStatus == nil || *rec.GRPCStatus != int(codes.DeadlineExceeded) {
		t.Errorf("recorded gRPC status %v, failure %q", rec.GRPCStatus, rec.Failure)
	}
}

// Browsers' gRPC-Web is HTTP to the gateway, and passes.
func TestGRPCWebPassesAsHTTP(t *testing.T) {
	const answered = "\x00\x00\x00\x00\x02\x08\x01\x80\x00\x00\x00\x10grpc-status: 0\r\n"
	u := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		w.Header().Set("X-Got", fmt.Sprintf("%x", body))
		_, _ = io.WriteString(w, answered)
	})
	g := serve(t, u.URL)
	r := request(t, "POST", g.URL+"/shop.Shop/Get", "\x00\x00\x00\x00\x00")
	r.Header.Set("Content-Type", "application/grpc-web+proto")
	got := do(t, client(t, false), r)
	if string(got.Body) != answered || got.Header.Get("X-Got") != "0000000000" || got.Header.Get("Content-Type") != "application/grpc-web+proto" {
		t.Errorf("got %q %v", got.Body, got.Header)
	}
}

// A server of gRPC's own answers with headers only where a call fails at once. Nothing may come between these and the end of the stream.
func TestAnAnswerOfHeadersOnlyStaysOne(t *testing.T) {
	server := grpc.NewServer()
	testpb.RegisterTestServiceServer(server, counting{})
	g := serve(t, serveGRPC(t, server))
	c := testpb.NewTestServiceClient(connect(t, g.Addr))
	for i := range 200 {
		if _, err := c.UnaryCall(t.Context(), &testpb.SimpleRequest{}); status.Code(err) != codes.Unimplemented {
			t.Fatalf("call %d got %v", i, err)
		}
		if r := g.next(t); r.GRPCStatus == nil || *r.GRPCStatus != int(codes.Unimplemented) {
			t.Fatalf("recorded gRPC status %v", r.GRPCStatus)
		}
	}
}
