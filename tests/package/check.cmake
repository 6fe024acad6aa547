# Installs a build to a fresh folder; builds and runs a program there that finds the library by find_package alone.
# In: -D build= -D consumer= -D generator= -D compiler=
set(folder ${build}/package_test)
file(REMOVE_RECURSE ${folder})

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "failed: ${command}\n${output}")
  endif()
  message("${output}")
endfunction()

run(${CMAKE_COMMAND} --install ${build} --prefix ${folder}/prefix)
run(${CMAKE_COMMAND} -G ${generator} -S ${consumer} -B ${folder}/build -DCMAKE_CXX_COMPILER=${compiler}
    -DCMAKE_PREFIX_PATH=${folder}/prefix)
run(${CMAKE_COMMAND} --build ${folder}/build)
run(${folder}/build/consumer ${folder}/array.npz)
run(${folder}/prefix/bin/brainpy --help)
