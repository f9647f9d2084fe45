namespace Ottla.Network.Links;

/// <summary>The moment by which a call has to be done, whatever it retries.</summary>
public readonly struct Deadline(TimeProvider time, long endTimestamp)
{
    public static Deadline In(TimeProvider time, int ms) => new(time, time.GetTimestamp() + (long)(ms / 1000.0 * time.TimestampFrequency));

    /// <summary>In units of the clock's timestamps.</summary>
    public long EndTimestamp => endTimestamp;

    public TimeSpan Left
    {
        get
        {
            var ticks = endTimestamp - time.GetTimestamp();
            return ticks <= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((double)ticks / time.TimestampFrequency);
        }
    }

    public bool Passed => Left <= TimeSpan.Zero;

    public int LeftMs => (int)Math.Min(int.MaxValue, Math.Ceiling(Left.TotalMilliseconds));

    /// <summary>Waits, but not past the deadline.</summary>
    public Task Pause(TimeSpan wanted, CancellationToken cancellation) => Task.Delay(wanted < Left ? wanted : Left, time, cancellation);
}
