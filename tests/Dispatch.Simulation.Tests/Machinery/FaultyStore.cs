using System.Reflection;
using Dispatch.Storage;

namespace Dispatch.Simulation.Tests.Machinery;

/// <summary>The store as a process sees it over a network: every call takes time, some fail, and of some the outcome is never told.</summary>
public class FaultyStore : DispatchProxy
{
    private static readonly MethodInfo Generic = typeof(FaultyStore).GetMethod(nameof(Later), BindingFlags.NonPublic | BindingFlags.Instance)!;
    private IDispatchStore _store = null!;
    private SimLoop _loop = null!;
    private SimChance _chance = null!;
    private SimNetwork _network = null!;
    private SimProcess _process = null!;

    internal static IDispatchStore Around(IDispatchStore store, SimLoop loop, SimChance chance, SimNetwork network, SimProcess process)
    {
        var proxy = Create<IDispatchStore, FaultyStore>();
        var faulty = (FaultyStore)(object)proxy;
        (faulty._store, faulty._loop, faulty._chance, faulty._network, faulty._process) = (store, loop, chance, network, process);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var type = targetMethod!.ReturnType;
        if (type == typeof(Task)) return Later(targetMethod, args, isVoid: true, default(bool));
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(Task<>)) return targetMethod.Invoke(_store, args);
        return Generic.MakeGenericMethod(type.GetGenericArguments()[0]).Invoke(this, [targetMethod, args, false, null]);
    }

    private Task<T> Later<T>(MethodInfo method, object?[]? args, bool isVoid, T? voidResult)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var fails = _chance.Once(_network.Faults.StoreFails);
        var forgets = !fails && _chance.Once(_network.Faults.StoreForgetsToSay);
        _loop.After(_chance.Latency(), () =>
        {
            // A process that is gone sends nothing; what it had sent may still be carried out.
            if (!_process.IsAlive && _chance.Once(0.5)) return;
            T? value = voidResult;
            if (!fails)
            {
                var task = (Task)method.Invoke(_store, args)!;
                if (task.Exception?.InnerException is { } refused)
                {
                    result.TrySetException(refused);
                    return;
                }

                if (!isVoid) value = ((Task<T>)task).Result;
            }

            _loop.After(_chance.Latency(), () =>
            {
                if (fails || forgets) result.TrySetException(new StoreUnavailableException("The simulated database did not say.", new TimeoutException()));
                else result.TrySetResult(value!);
            });
        });
        return result.Task;
    }
}
