namespace Dispatch.Engine.Forms.Shared;

/// <summary>
/// Which canonical response stands on which place. The order is drawn before the content is known, for as many responses as a task may have; those that a task
/// lacks are skipped, which leaves every order of the others equally likely.
/// </summary>
internal static class ShownOrder
{
    /// <summary>Canonical indices by place; every response once, whatever the drawn order holds.</summary>
    public static IReadOnlyList<int> Of(IReadOnlyList<int> presentation, int count)
    {
        var order = new List<int>(count);
        foreach (var index in presentation)
        {
            if (index >= 0 && index < count && !order.Contains(index)) order.Add(index);
        }

        for (var index = 0; index < count && order.Count < count; index++)
        {
            if (!order.Contains(index)) order.Add(index);
        }

        return order;
    }
}
