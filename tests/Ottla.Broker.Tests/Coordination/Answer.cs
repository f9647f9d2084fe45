namespace Ottla.Broker.Tests.Coordination;

/// <summary>The answer to a request that may still wait. Reading one that has not come fails the test instead of hanging it.</summary>
internal sealed class Answer<T>(Task<T> task)
{
    public bool HasCome => task.IsCompleted;

    public T Result
    {
        get
        {
            Assert.True(task.IsCompleted, "the request waits");
            return task.GetAwaiter().GetResult();
        }
    }
}
