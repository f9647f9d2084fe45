using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Network;

namespace Ottla.Broker.Tests.Net;

public sealed class AnswerQueueTests
{
    [Fact]
    public async Task Answers_leave_together_in_their_order()
    {
        var stream = new ScriptedStream();
        using var answers = new AnswerQueue(stream, Memory.Of(1));
        Assert.True(answers.IsEmpty);
        for (var id = 1; id <= 3; id++) answers.Add(id, flexibleHeader: false, 0, new HeartbeatResponse());
        await answers.Flush();
        Assert.Equal(["send 30"], stream.Calls);
        var sent = stream.Sent.ToArray();
        for (var id = 1; id <= 3; id++) Assert.Equal([0, 0, 0, 6, 0, 0, 0, (byte)id, 0, 0], sent[((id - 1) * 10)..(id * 10)]);
        Assert.True(answers.IsEmpty);
        await answers.Flush();
        Assert.Single(stream.Calls);
    }

    [Fact]
    public void A_queue_of_large_answers_is_full()
    {
        using var answers = new AnswerQueue(new ScriptedStream(), Memory.Of(1));
        answers.Add(1, false, 4, Fetched(new Records(new byte[70_000])));
        Assert.True(answers.IsFull);
    }

    [Fact]
    public async Task A_broken_connection_takes_nothing_and_keeps_nothing()
    {
        var stream = new ScriptedStream { IsBroken = true };
        var source = new CountedSource(20_000);
        using var answers = new AnswerQueue(stream, Memory.Of(1));
        answers.Add(1, false, 4, Fetched(new Records(source)));
        await Assert.ThrowsAsync<ConnectionLostException>(() => answers.Flush().AsTask());
        Assert.True(answers.IsEmpty);
        Assert.Equal(1, source.Disposed);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_encoded_leaves_those_before_it_as_they_were()
    {
        var stream = new ScriptedStream();
        using var answers = new AnswerQueue(stream, Memory.Of(1));
        answers.Add(1, false, 0, new HeartbeatResponse());
        var dropped = new CountedSource(20_000);
        var response = Fetched(new Records(dropped));
        response.Responses.Add(new() { Topic = new string('x', 40_000) });
        Assert.Throws<InvalidOperationException>(() => answers.Add(2, false, 4, response));
        Assert.Equal(1, dropped.Disposed);
        answers.Add(3, false, 0, new HeartbeatResponse());
        await answers.Flush();
        Assert.Equal([0, 0, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 6, 0, 0, 0, 3, 0, 0], stream.Sent.ToArray());
    }

    [Fact]
    public void Answers_that_are_never_sent_give_their_files_back()
    {
        var source = new CountedSource(20_000);
        using (var answers = new AnswerQueue(new ScriptedStream(), Memory.Of(1))) answers.Add(1, false, 4, Fetched(new Records(source)));
        Assert.Equal(1, source.Disposed);
    }

    private static FetchResponse Fetched(Records records) => new() { Responses = [new() { Topic = "t", Partitions = [new() { Records = records }] }] };

    private sealed class CountedSource(int length) : IRecordsSource
    {
        public int Disposed { get; private set; }

        public int Length => length;

        public int ReadInto(Span<byte> destination) => throw new IOException("not to be copied");

        public void Dispose() => Disposed++;
    }
}
