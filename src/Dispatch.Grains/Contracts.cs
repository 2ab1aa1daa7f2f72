// The contract assembly carries only attributes, so that the browser never downloads a serializer; its serializers are generated here.
[assembly: Orleans.GenerateCodeForDeclaringAssembly(typeof(Dispatch.Contracts.JsonText))]
